"""/ leads to where one was, or says how to begin."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from users.accounts.access import project_view
from users.models import Account
from users.showing.navigation import last_project


def home(request: HttpRequest) -> HttpResponse:
    account: Any = request.user
    if not account.is_authenticated:
        if not Account.objects.exists():
            return render(request, "users/accounts/setup.html")
        return redirect("sign_in")
    project = last_project(account)
    return redirect("users_list", project.slug) if project else redirect("project_new")


@project_view("users.view")
def project_home(request: Any) -> HttpResponseBase:
    return redirect("users_list", request.project.slug)
