"""Search terms are made in another way: a job writes those of all users anew, in chunks, while they are in use.

Until then users are found by the words that they had.
"""

from django.db import migrations


def write_anew(apps, schema_editor):
    if apps.get_model("users", "EndUser").objects.exists():
        apps.get_model("users", "Job").objects.create(kind="search_terms", params={})


class Migration(migrations.Migration):
    dependencies = [("users", "0007_json_read_as_values")]
    operations = [migrations.RunPython(write_anew, migrations.RunPython.noop)]
