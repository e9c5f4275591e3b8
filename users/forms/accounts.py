"""Forms of accounts, projects, members and keys."""

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from users.accounts.keys import SCOPES
from users.accounts.projects import check_time_zone
from users.forms.signing_in import check_own_password, check_sign_in, take_try
from users.ground import time_zones
from users.ground.text_forms import check_visible
from users.models import Account, Project, ProjectMember


class SignInForm(forms.Form):
    email = forms.EmailField(widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}))
    password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), strip=False)

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.account: Account | None = None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("email") and data.get("password"):
            self.account = check_sign_in(self.request, data["email"], data["password"])
        return data


class NewPasswordForm(forms.Form):
    """A password that is good enough for the account."""

    password = forms.CharField(
        label="New password", strip=False, help_text="At least 10 characters. No common password, and nothing like your name or email.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, account: Account | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, self.account)
        return password


class LinkPasswordForm(NewPasswordForm):
    """A password chosen behind a link that was sent to `email`. It is hashed, so it counts as a try there, too."""

    def __init__(self, *args: Any, request: HttpRequest, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.email = request, email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            take_try(self.request, self.email)
        return data


class JoinForm(LinkPasswordForm):
    name = forms.CharField(
        max_length=120, validators=[check_visible], widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ("name", "password")


class ChangePasswordForm(NewPasswordForm):
    """`request` is needed to check what was sent."""

    def __init__(self, *args: Any, request: HttpRequest | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    current = forms.CharField(
        label="Current password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    field_order = ("current", "password")

    def clean_current(self) -> str:
        current: str = self.cleaned_data["current"]
        if self.request is not None and self.account is not None:
            check_own_password(self.request, self.account, current)
        return current


class AccountForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Account
        fields = ("name", "single_key_shortcuts")
        labels = {"single_key_shortcuts": "Single-key shortcuts, such as / and j"}
        help_texts = {
            "name": "Other members see it beside what you change.",
            "single_key_shortcuts": "Press ? on any page to see all of them.",
        }


class ZoneInput(forms.TextInput):
    template_name = "components/zone_input.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, {**(attrs or {}), "list": "time-zones", "autocomplete": "off"})
        context["widget"]["zones"] = time_zones.zone_choices()
        return context


class ZoneField(forms.CharField):
    """A time zone by its name, a city or a country; an older alias is taken too, as browsers still report some."""

    widget = ZoneInput

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        try:
            return check_time_zone(time_zones.find_zone(typed) or typed)
        except ValidationError as error:
            raise ValidationError(error.messages) from None


class ProjectForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Project
        fields: tuple[str, ...] = ("name", "time_zone")
        help_texts = {"name": "The product whose users you want to see.", "time_zone": "Days and dates follow it."}

    time_zone = ZoneField(initial="UTC", help_text="Days and dates follow it. Type a city or a country.")


class NewProjectForm(ProjectForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.fields["time_zone"].widget.attrs["data-browser-zone"] = True


class ProjectSettingsForm(ProjectForm):
    class Meta(ProjectForm.Meta):
        fields = ("name", "time_zone", "anonymous_days")
        labels = {"anonymous_days": "Days until an inactive anonymous visitor is removed"}
        help_texts = {"anonymous_days": "Leave it empty to keep them."}

    origins = forms.CharField(
        label="Allowed origins", required=False, widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="Pages that may call from a browser, one a line, such as https://app.example.com. Empty allows any.",
    )  # fmt: skip

    def clean_origins(self) -> list[str]:
        return [check_origin(line) for line in self.cleaned_data["origins"].split() if line]


def check_origin(text: str) -> str:
    parts = urlsplit(text)
    try:
        right = parts.scheme in ("http", "https") and parts.hostname and parts.path in ("", "/") and not parts.query
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        right = False
    if not right or parts.username or parts.fragment:
        raise ValidationError(f"{text} is no origin. Write scheme and host, such as https://app.example.com.")
    return f"{parts.scheme}://{parts.hostname}{port}"


class KeyForm(forms.Form):
    name = forms.CharField(
        max_length=80,
        validators=[check_visible],
        help_text="Who uses it, for example Billing. It is shown beside values.",
    )
    scopes = forms.MultipleChoiceField(
        label="Allowed to", choices=[(scope, f"{text} ({scope})") for scope, text in SCOPES.items()],
        widget=forms.CheckboxSelectMultiple, initial=["ingest"],
    )  # fmt: skip


class InviteForm(forms.Form):
    email = forms.EmailField()
    role = forms.ChoiceField(choices=ProjectMember.Role.choices, initial=ProjectMember.Role.VIEWER)

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()
