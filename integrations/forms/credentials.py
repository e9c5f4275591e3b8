"""What a connector needs to log in, as a form made of its declaration."""

from typing import Any

from django import forms
from django.conf import settings

from integrations.connectors.base import BASE_URL, Connector, Json


class CredentialsForm(forms.Form):
    """One field for each that the connector declares. Secrets are never filled in again."""

    def __init__(self, *args: Any, found: Connector, known: Json | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = found
        for one in found.fields:
            shown = "" if one.secret else str((known or {}).get(one.name, ""))
            attrs = {"autocomplete": "off", "spellcheck": "false", "placeholder": one.example}
            options: dict[str, Any] = {
                "label": one.label, "help_text": one.help, "required": one.required, "initial": shown, "max_length": 20_000,
            }  # fmt: skip
            if one.choices:
                options.pop("max_length")
                self.fields[one.name] = forms.ChoiceField(choices=one.choices, **options)
            elif one.multiline:
                self.fields[one.name] = forms.CharField(widget=forms.Textarea(attrs={**attrs, "rows": 4}), **options)
            elif one.secret:
                attrs["autocomplete"] = "new-password"
                self.fields[one.name] = forms.CharField(widget=forms.PasswordInput(attrs=attrs), **options)
            else:
                self.fields[one.name] = forms.CharField(widget=forms.TextInput(attrs=attrs), **options)
        if settings.ALLOW_PRIVATE_CONNECTIONS and found.has_host and BASE_URL not in self.fields:
            self.fields[BASE_URL] = forms.CharField(
                label="Base address", required=False, initial=(known or {}).get(BASE_URL, ""),
                help_text="Instead of the vendor's own address, for a server of your own.",
            )  # fmt: skip

    @property
    def credentials(self) -> Json:
        return {name: value for name, value in self.cleaned_data.items() if value}

    def refuse(self, message: str, path: str) -> None:
        """What the vendor said, at the field that it is about if it is about one."""
        self.add_error(path if path in self.fields else None, message)
