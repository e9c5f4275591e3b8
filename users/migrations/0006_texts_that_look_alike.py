"""Tags are one where they look alike, and emails are compared trimmed: stored copies follow."""

from django.db import migrations

from users.ground.text_forms import email_key, same_look


def fold_tags(apps, schema_editor):
    """The oldest of those that are one now stays, and gets the users of the others."""
    Tag, UserTag = apps.get_model("users", "Tag"), apps.get_model("users", "UserTag")
    kept = {}
    for tag in Tag.objects.order_by("created", "pk"):
        key = tag.project_id, same_look(tag.name) or tag.folded
        if key in kept:
            UserTag.objects.filter(tag=tag).exclude(user__user_tags__tag=kept[key]).update(tag=kept[key])
            tag.delete()
        else:
            kept[key] = tag
    for (_, folded), tag in kept.items():
        if tag.folded != folded:
            Tag.objects.filter(pk=tag.pk).update(folded=folded)


def fold_emails(apps, schema_editor):
    EndUser = apps.get_model("users", "EndUser")
    rows = EndUser.objects.exclude(email=None).order_by("pk").values_list("pk", "email", "email_folded")
    for pk, email, folded in rows.iterator(chunk_size=5000):
        if email_key(email) != folded:
            EndUser.objects.filter(pk=pk).update(email_folded=email_key(email))


class Migration(migrations.Migration):
    dependencies = [("users", "0005_names_that_can_be_seen")]
    operations = [
        migrations.RunPython(fold_tags, migrations.RunPython.noop),
        migrations.RunPython(fold_emails, migrations.RunPython.noop),
    ]
