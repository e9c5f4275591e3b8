"""The dashboard's addresses. Everything of a project is under /p/SLUG/."""

from typing import Any

from django.urls import include, path

from users.ground import converters  # noqa: F401  `row` below
from users.views import (
    access,
    account,
    bulk,
    data_tab,
    help_pages,
    history,
    home,
    ingest_log,
    install,
    jobs,
    keys,
    members,
    preferences,
    profile,
    projects,
    registry,
    retype,
    tags,
    user_list,
    user_tags,
)

users = [
    path("", user_list.user_list, name="users_list"),
    path("columns/", preferences.columns, name="users_columns"),
    path("tag-options/", bulk.tag_options, name="bulk_tag_options"),
    path("tag/", bulk.tag, name="bulk_tag"),
    path("erase/", bulk.erase, name="bulk_erase"),
    path("waiting/", user_list.waiting, name="waiting"),
    path("<row:pk>/", profile.profile, name="user_profile"),
    path("<row:pk>/order/", preferences.data_order, name="data_order"),
    path("<row:pk>/erase/", profile.erase, name="user_erase"),
    path("<row:pk>/tags/", user_tags.change, name="user_tags"),
    path("<row:pk>/tags/undo/", user_tags.undo, name="user_tags_undo"),
    path("<row:pk>/tags/options/", user_tags.options, name="user_tag_options"),
    path("<row:pk>/values/new/", data_tab.add, name="value_new"),
    path("<row:pk>/values/<str:ref>/", data_tab.detail, name="value_detail"),
    path("<row:pk>/values/<str:ref>/edit/", data_tab.edit, name="value_edit"),
    path("<row:pk>/values/<str:ref>/remove/", data_tab.remove, name="value_remove"),
    path("<row:pk>/values/<str:ref>/restore/", data_tab.restore, name="value_restore"),
    path("<row:pk>/values/<str:ref>/reveal/", data_tab.reveal, name="value_reveal"),
    path("<row:pk>/values/<str:ref>/pin/", preferences.pin, name="value_pin"),
    path("<row:pk>/merges/<row:merge_pk>/undo/", history.undo, name="merge_undo"),
]
data = [
    path("attributes/", registry.registry, name="registry"),
    path("attributes/new/", registry.new, name="attribute_new"),
    path("attributes/<row:pk>/", registry.edit, name="attribute_edit"),
    path("attributes/<row:pk>/type/", retype.change_type, name="attribute_type"),
    path("attributes/<row:pk>/delete/", registry.delete, name="attribute_delete"),
    path("tags/", tags.tags, name="tags"),
    path("tags/new/", tags.new, name="tag_new"),
    path("tags/<row:pk>/", tags.edit, name="tag_edit"),
    path("tags/<row:pk>/delete/", tags.delete, name="tag_delete"),
    path("ingest/", ingest_log.ingest_log, name="ingest_log"),
]
settings = [
    path("install/", install.install, name="install"),
    path("install/last-call/", install.last_call, name="last_call"),
    path("keys/", keys.keys, name="keys"),
    path("keys/<row:pk>/rotate/", keys.rotate, name="key_rotate"),
    path("keys/<row:pk>/revoke/", keys.revoke, name="key_revoke"),
    path("members/", members.members, name="members"),
    path("members/invite/", members.invite, name="member_invite"),
    path("members/<row:pk>/role/", members.change_role, name="member_role"),
    path("members/<row:pk>/remove/", members.remove, name="member_remove"),
    path("members/<row:pk>/reset/", members.reset, name="member_reset"),
    path("members/links/<row:pk>/revoke/", members.revoke_link, name="link_revoke"),
    path("project/", projects.settings_page, name="project_settings"),
    path("project/delete/", projects.delete, name="project_delete"),
]
project: list[Any] = [
    path("users/", include(users)),
    path("data/", include(data)),
    path("settings/", include(settings)),
    path("jobs/<row:pk>/", jobs.progress, name="job_progress"),
    path("jobs/<row:pk>/undo/", jobs.undo, name="job_undo"),
    path("dismiss/", preferences.dismiss, name="dismiss"),
]
urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", access.sign_in, name="sign_in"),
    path("sign-out/", access.sign_out, name="sign_out"),
    path("link/<str:token>/", access.follow_link, name="access_link"),
    path("account/", account.account, name="account"),
    path("account/password/", account.password, name="account_password"),
    path("account/session/", account.session, name="session"),
    path("account/theme/", account.theme, name="theme"),
    path("projects/new/", projects.new, name="project_new"),
    path("help/", help_pages.index, name="help"),
    path("help/<slug:page>/", help_pages.help_page, name="help_page"),
    path("p/<slug:slug>/", home.project_home, name="project_home"),
    path("p/<slug:slug>/", include(project)),
]
