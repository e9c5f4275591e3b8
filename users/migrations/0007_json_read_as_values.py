from django.db import migrations, models

import users.database.value_json


class Migration(migrations.Migration):
    """Only how JSON is read changes; AlterField would write the tables anew on SQLite."""

    dependencies = [
        ("users", "0006_texts_that_look_alike"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "apikey", "scopes", models.JSONField(decoder=users.database.value_json.ValueDecoder, default=list)
                ),
                migrations.AlterField(
                    "enduser",
                    "sources",
                    models.JSONField(blank=True, decoder=users.database.value_json.ValueDecoder, default=list),
                ),
                migrations.AlterField("figure", "value", models.JSONField(decoder=users.database.value_json.ValueDecoder)),
                migrations.AlterField(
                    "ingestentry", "verdicts", models.JSONField(decoder=users.database.value_json.ValueDecoder, default=list)
                ),
                migrations.AlterField(
                    "job", "cursor", models.JSONField(blank=True, decoder=users.database.value_json.ValueDecoder, null=True)
                ),
                migrations.AlterField(
                    "job", "params", models.JSONField(decoder=users.database.value_json.ValueDecoder, default=dict)
                ),
                migrations.AlterField(
                    "job", "result", models.JSONField(blank=True, decoder=users.database.value_json.ValueDecoder, default=dict)
                ),
                migrations.AlterField(
                    "jobitem",
                    "detail",
                    models.JSONField(blank=True, decoder=users.database.value_json.ValueDecoder, default=dict),
                ),
                migrations.AlterField(
                    "merge", "before", models.JSONField(decoder=users.database.value_json.ValueDecoder, default=dict)
                ),
                migrations.AlterField(
                    "merge", "filled", models.JSONField(decoder=users.database.value_json.ValueDecoder, default=dict)
                ),
                migrations.AlterField(
                    "project",
                    "allowed_origins",
                    models.JSONField(blank=True, decoder=users.database.value_json.ValueDecoder, default=list),
                ),
                migrations.AlterField(
                    "projectpreference",
                    "columns",
                    models.JSONField(blank=True, decoder=users.database.value_json.ValueDecoder, null=True),
                ),
                migrations.AlterField(
                    "projectpreference",
                    "dismissed",
                    models.JSONField(blank=True, decoder=users.database.value_json.ValueDecoder, default=dict),
                ),
                migrations.AlterField(
                    "projectpreference",
                    "pins",
                    models.JSONField(blank=True, decoder=users.database.value_json.ValueDecoder, default=list),
                ),
                migrations.AlterField(
                    "provenance",
                    "values",
                    models.JSONField(blank=True, decoder=users.database.value_json.ValueDecoder, default=dict),
                ),
                migrations.AlterField("seenmessage", "answer", models.JSONField(decoder=users.database.value_json.ValueDecoder)),
            ]
        )
    ]
