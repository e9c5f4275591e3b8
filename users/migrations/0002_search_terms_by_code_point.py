"""On PostgreSQL search terms sort by code point, as on SQLite, so that a prefix is a range of their index."""

from django.db import migrations


def sort_by_code_point(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE users_searchterm ALTER COLUMN term TYPE varchar(64) COLLATE "C"')


class Migration(migrations.Migration):
    dependencies = [("users", "0001_initial")]
    operations = [migrations.RunPython(sort_by_code_point, migrations.RunPython.noop)]
