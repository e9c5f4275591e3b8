"""Texts that look alike: tags are one, names are visible, lists compare emails trimmed."""

import pytest
from django.urls import reverse

from segments.sheets.listing import look_up
from tests.factories import ProjectFactory, member, user
from users.models import Tag
from users.writing.calls import Call, Refused, TagChange
from users.writing.identify import identify
from users.writing.tagging import tag_user

SAME = ["Crème VIP", "CRÈME vip", "Cre\u0300me VIP", "Crème  ＶＩＰ", "\u200bCrè\u00adme VIP\ufeff", "Crème\u00a0VIP"]
UNSEEN = ["\u200b", "\u3164", "\u2800", "\ufeff\u00ad", "\u115f \u200d", "\U000e0041", "\u00a0"]


@pytest.mark.parametrize("spelling", SAME[1:])
def test_tags_that_look_alike_are_one_and_keep_the_first_spelling(project, server, now, spelling):
    person = user(project, "u1")
    tag_user(project, person.pk, TagChange([SAME[0]]), server, now)
    assert tag_user(project, person.pk, TagChange([spelling]), server, now).attributes == {"native.tags": "unchanged"}
    assert Tag.objects.get().name == SAME[0]
    tag_user(project, person.pk, TagChange(remove=[spelling]), server, now)
    assert not person.user_tags.exists()


@pytest.mark.parametrize("unseen", UNSEEN)
def test_nothing_is_called_by_what_nobody_sees(client, project, server, now, unseen):
    person = user(project, "u1")
    with pytest.raises(Refused):
        tag_user(project, person.pk, TagChange([unseen]), server, now)
    answer = identify(project, Call(user_id="u1", attributes={unseen: 1}), server, now)
    assert list(answer.attributes.values()) == ["rejected"]
    client.force_login(member(project))
    for page, form in (
        ("keys", {"name": unseen, "scopes": ["read"]}),
        ("project_settings", {"name": unseen, "time_zone": "UTC"}),
    ):
        assert client.post(reverse(page, args=[project.slug]), form).status_code == 422


def test_a_user_whose_name_nobody_sees_is_called_by_the_next_best(client, project):
    person = user(project, "u1", name="\u200b\u3164")
    client.force_login(member(project))
    page = client.get(reverse("user_profile", args=[project.slug, person.pk])).content.decode()
    assert "<title>u1" in page
    assert "no name" in page


@pytest.mark.parametrize("stored", [" Maya@Example.com", "maya@example.com\u200b", "\ufeffmaya@EXAMPLE.com\r\n"])
@pytest.mark.parametrize("sought", ["maya@example.com", "MAYA@example.com ", "\u00a0maya@example.com"])
def test_a_list_finds_emails_trimmed(project, stored, sought):
    person = user(project, "u1", email=stored)
    assert look_up(project, [sought]).users == [person.pk]
    assert person.email == stored


def test_tags_of_two_projects_are_two(db, server, now):
    for project in (ProjectFactory(), ProjectFactory()):
        tag_user(project, user(project, "u1").pk, TagChange(["vip"]), server, now)
    assert Tag.objects.count() == 2
