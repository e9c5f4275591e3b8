"""Stored secrets: encrypted with the newest key, readable with former ones, encrypted anew by a command."""

import re
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from integrations.models import Connection
from tests.integrations.syncing.toy import connected
from users.extend import encrypted_columns
from users.ground.secrets import decrypt, encrypt

OLD, NEW = "old-key-" * 5, "new-key-" * 5
pytestmark = pytest.mark.django_db


def test_former_keys_decrypt_until_they_are_dropped(settings):
    by_secret_key = encrypt("a")
    settings.ENCRYPTION_KEYS = [OLD]
    by_old = encrypt("b")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert (decrypt(by_secret_key), decrypt(by_old)) == ("a", "b")
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(ValueError, match="another key"):
        decrypt(by_old)


def test_rotation_leaves_nothing_that_needs_the_former_key(project, settings):
    settings.ENCRYPTION_KEYS = [OLD]
    connection, _ = connected(project)
    identity = project.identity_secret
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    call_command("rotate_encryption_key")
    settings.ENCRYPTION_KEYS = [NEW]
    settings.SECRET_KEY = "another-one-" * 4
    connection.refresh_from_db()
    project.refresh_from_db()
    assert decrypt(connection.credentials) == '{"token": "good"}'
    assert project.identity_secret != identity
    assert decrypt(project.identity_secret)


def test_secret_of_an_unknown_key_is_told_and_the_others_are_done(project, settings):
    connection, _ = connected(project)
    Connection.objects.filter(pk=connection.pk).update(credentials="gAAAA-of-nobody")
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(CommandError, match="1 secrets were encrypted with a key that is not given"):
        call_command("rotate_encryption_key")
    settings.SECRET_KEY = "another-one-" * 4
    project.refresh_from_db()
    assert decrypt(project.identity_secret)


def test_without_a_key_nothing_is_done(settings):
    settings.ENCRYPTION_KEYS = []
    with pytest.raises(CommandError, match="ENCRYPTION_KEYS is not set"):
        call_command("rotate_encryption_key")


def test_each_encrypted_column_is_known():
    """Whoever stores something encrypted must say where, or a rotation would lose it."""
    for column in encrypted_columns.all().values():
        label, _, field = column.rpartition(".")
        assert apps.get_model(label)._meta.get_field(field)
    top = Path(__file__).resolve().parents[2]
    known = {column.rpartition(".")[2] for column in encrypted_columns.all().values()}
    for app in ("users", "segments", "integrations"):
        for path in (top / app / "models").glob("*.py"):
            said = re.findall(r"^    (\w*secret\w*|credentials) = models.TextField", path.read_text(), re.MULTILINE)
            assert set(said) <= known, path
