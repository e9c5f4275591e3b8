"""Signing in and out, and following invitation and reset links."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login, logout
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from users.accounts.access_links import accept_invitation, find_link, use, why_dead, why_no_reset
from users.forms.accounts import JoinForm, LinkPasswordForm, SignInForm
from users.ground.parameters import local_address
from users.models import AccessLink, Account


def next_address(request: HttpRequest) -> str:
    return local_address(request, request.POST.get("next") or request.GET.get("next") or "/")


@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return HttpResponseRedirect(next_address(request))
    form = SignInForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid() and form.account:
        login(request, form.account)
        return HttpResponseRedirect(next_address(request))
    context = {
        "form": form,
        "next": next_address(request),
        "demo_logins": settings.DEMO_LOGINS if settings.DEMO else (),
    }
    return render(request, "users/accounts/sign_in.html", context, status=422 if form.errors else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign_in")


@sensitive_post_parameters("password")
def follow_link(request: HttpRequest, token: str) -> HttpResponse:
    link = find_link(token)
    reason = why_dead(link, timezone.now())
    if link is None or reason:
        return render(request, "users/accounts/dead_link.html", {"reason": reason}, status=410)
    if link.kind == AccessLink.Kind.RESET:
        return reset_password(request, link)
    return join(request, link)


def join(request: HttpRequest, link: AccessLink) -> HttpResponse:
    """Somebody with an account signs in and accepts; somebody without makes one here."""
    existing = Account.objects.filter(email=link.email).first()
    signed_in: Any = request.user
    context: dict[str, Any] = {"link": link, "existing": existing}
    if existing:
        if not signed_in.is_authenticated or signed_in.pk != existing.pk:
            return render(request, "users/accounts/join_sign_in.html", context)
        if request.method == "POST":
            return accept(request, link, existing)
        return render(request, "users/accounts/join_accept.html", context)
    form = JoinForm(request.POST or None, request=request, email=link.email)
    if request.method == "POST" and form.is_valid():
        account = new_account(link.email, form)
        if account is None:  # made a moment ago by the same link: this page says what to do now
            return redirect(request.path)
        login(request, account)
        return accept(request, link, account)
    return render(request, "users/accounts/join.html", context | {"form": form}, status=422 if form.errors else 200)


def new_account(email: str, form: JoinForm) -> Account | None:
    """None if somebody else made one for the email meanwhile."""
    try:
        with transaction.atomic():
            return Account.objects.create_user(email, form.cleaned_data["password"], name=form.cleaned_data["name"])
    except (IntegrityError, ValidationError):
        if Account.objects.filter(email=email).exists():
            return None
        raise


def accept(request: HttpRequest, link: AccessLink, account: Account) -> HttpResponse:
    try:
        accept_invitation(link, account, timezone.now())
    except ValidationError as error:
        return render(request, "users/accounts/dead_link.html", {"reason": error.messages[0]}, status=410)
    assert link.project
    return redirect("users_list", link.project.slug)


def reset_password(request: HttpRequest, link: AccessLink) -> HttpResponse:
    account = Account.objects.filter(email=link.email, is_active=True).first()
    reason = why_no_reset(account, link.project, link.created_by) if account else "This account is gone."
    if account is None or reason:
        return render(request, "users/accounts/dead_link.html", {"reason": reason}, status=410)
    form = LinkPasswordForm(request.POST or None, request=request, email=link.email, account=account)
    if request.method == "POST" and form.is_valid():
        account.set_password(form.cleaned_data["password"])  # first, as it may have to wait in vain
        try:
            use(link, timezone.now())
        except ValidationError as error:
            return render(request, "users/accounts/dead_link.html", {"reason": error.messages[0]}, status=410)
        account.save(update_fields=["password"])
        login(request, account)
        return redirect("home")
    return render(
        request, "users/accounts/reset.html", {"form": form, "account": account}, status=422 if form.errors else 200
    )
