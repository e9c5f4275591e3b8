"""The form of a webhook: where to, what, and narrowed to what. Choices are as people know them."""

from typing import Any

from django import forms

from integrations.models import Webhook
from integrations.outside.calls import MOST_ADDRESS
from integrations.webhooks.kinds import KINDS
from integrations.webhooks.making import BadWebhook, Wanted
from segments.models import Segment
from users.extend import sources
from users.ground.text_forms import check_visible
from users.models import NATIVE, Attribute, Project, Tag
from users.registry.attributes import EDITABLE_NATIVES

FILTERS = ("attributes", "tags", "segments")


class WebhookForm(forms.Form):
    url = forms.CharField(
        label="Address", max_length=MOST_ADDRESS, strip=True,
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/hooks", "autocomplete": "off"}),
        help_text="Each event is posted there as JSON. It must be on the public internet.",
    )  # fmt: skip
    name = forms.CharField(
        max_length=80,
        required=False,
        validators=[check_visible],
        help_text="How you know it. Empty: the address's host.",
    )
    events = forms.MultipleChoiceField(
        choices=[(kind.name, f"{kind.words} ({kind.name})") for kind in KINDS.values()],
        widget=forms.CheckboxSelectMultiple, error_messages={"required": "Choose at least one event."},
    )  # fmt: skip
    attributes = forms.MultipleChoiceField(
        label="Only when one of these attributes changed", required=False, widget=forms.CheckboxSelectMultiple
    )
    tags = forms.MultipleChoiceField(label="Only these tags", required=False, widget=forms.CheckboxSelectMultiple)
    segments = forms.MultipleChoiceField(
        label="Only these segments", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attributes = Attribute.objects.filter(project=project, archived=False).order_by("source", "key")
        choices = {
            "attributes": [(item.field, named(item)) for item in attributes if changes(item)],
            "tags": [(tag.name, tag.name) for tag in Tag.objects.filter(project=project).order_by("folded")],
            "segments": [
                (str(pk), name)
                for pk, name in Segment.objects.filter(project=project).order_by("name", "pk").values_list("pk", "name")
            ],
        }
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]

    @property
    def filters(self) -> list[Any]:
        return [self[name] for name in FILTERS]

    def wanted(self) -> Wanted:
        sent = self.cleaned_data
        return Wanted(
            sent["url"],
            sent["events"],
            sent["name"],
            sent["attributes"],
            sent["tags"],
            [int(pk) for pk in sent["segments"]],
        )

    def refuse(self, bad: BadWebhook) -> None:
        """Each error at its field."""
        for error in bad.errors:
            field = error["path"].partition("[")[0]
            self.add_error(field if field in self.fields else None, error["message"])


def changes(attribute: Attribute) -> bool:
    """Whether user.updated may tell of it: the product's own times and ids are no values that somebody sets."""
    return attribute.source != NATIVE or attribute.key in EDITABLE_NATIVES


def named(attribute: Attribute) -> str:
    source = sources.get(attribute.source)
    return f"{attribute.label} ({source.name if source else attribute.source})"


def initial_of(webhook: Webhook) -> dict[str, Any]:
    fields = {item.pk: item.field for item in Attribute.objects.filter(pk__in=webhook.attributes)}
    return {
        "url": webhook.url, "name": webhook.name, "events": webhook.events, "attributes": list(fields.values()),
        "tags": list(Tag.objects.filter(pk__in=webhook.tags).values_list("name", flat=True)),
        "segments": [str(pk) for pk in webhook.segments],
    }  # fmt: skip
