"""My account: name, password, theme, shortcuts."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from users.accounts.access import wants_fragment
from users.forms.accounts import AccountForm, ChangePasswordForm
from users.ground.parameters import local_address
from users.models import Account
from users.showing.frame import THEME_COOKIE, enter_last_project

MOST_PROJECTS = 50


def show_account(request: Any, form: AccountForm, password_form: ChangePasswordForm) -> HttpResponse:
    enter_last_project(request)
    status = 422 if form.errors or password_form.errors else 200
    context = {
        "form": form, "password_form": password_form, "days": settings.SESSION_COOKIE_AGE // 86_400,
        "themes": [(value, label, value == request.user.theme) for value, label in Account.Theme.choices],
        "memberships": request.user.memberships.filter(project__deleting_since=None).select_related("project")
        .order_by("project__name", "pk")[:MOST_PROJECTS],
    }  # fmt: skip
    return render(request, "users/accounts/account.html", context, status=status)


@login_required
def account(request: Any) -> HttpResponse:
    form = AccountForm(request.POST or None, instance=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "Your account was saved.")
        return redirect("account")
    return show_account(request, form, ChangePasswordForm(account=request.user, auto_id="id_password_%s"))


@login_required
@require_POST
@sensitive_post_parameters()
def password(request: Any) -> HttpResponse:
    form = ChangePasswordForm(request.POST, request=request, account=request.user, auto_id="id_password_%s")
    if not form.is_valid():
        return show_account(request, AccountForm(instance=request.user), form)
    request.user.set_password(form.cleaned_data["password"])
    request.user.save(update_fields=["password"])
    update_session_auth_hash(request, request.user)
    messages.success(request, "Your password was changed. Other browsers are signed out.")
    return redirect("account")


@require_POST
def theme(request: Any) -> HttpResponse:
    """Remember the theme: on the account, or in a cookie for those not signed in."""
    chosen = request.POST.get("theme", "")
    if chosen not in Account.Theme.values:
        return HttpResponse("Choose system, light or dark.", status=422)
    back = local_address(request, request.headers.get("Referer", "/"))
    response = HttpResponse(status=204) if wants_fragment(request) else HttpResponseRedirect(back)
    if request.user.is_authenticated:
        Account.objects.filter(pk=request.user.pk).update(theme=chosen)
    else:
        response.set_cookie(THEME_COOKIE, chosen, max_age=31_536_000, samesite="Lax")
    return response


def session(request: Any) -> HttpResponse:
    """Whether somebody is signed in: asked before a form leaves its page."""
    return HttpResponse(status=204 if request.user.is_authenticated else 401)
