from django.db import migrations, models

import users.database.value_json


class Migration(migrations.Migration):
    """Only how JSON is read changes; AlterField would write the tables anew on SQLite."""

    dependencies = [
        ("segments", "0002_names_that_can_be_seen"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "segment", "rule", models.JSONField(blank=True, decoder=users.database.value_json.ValueDecoder, null=True)
                ),
                migrations.AlterField(
                    "segmentversion", "rule", models.JSONField(decoder=users.database.value_json.ValueDecoder, null=True)
                ),
            ]
        )
    ]
