"""The Django admin's site: its pages trust what their own links say, so an address that nobody's link has is 400."""

import logging
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import BadRequest, FieldDoesNotExist, PermissionDenied
from django.db import DataError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from jimo_site.admin_groups import grouped

log = logging.getLogger("jimo_site.admin")


class AdminApp(AdminConfig):
    default_site = "jimo_site.admin.Site"


class Site(AdminSite):
    index_title = "Administration"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """By what tables are for; the page of one app lists that app's."""
        apps = super().get_app_list(request, app_label)
        return apps if app_label else grouped(apps, request.path)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one door that takes passwords, and it counts the tries."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise PermissionDenied("The Django admin is for superusers.")
        leads_to = request.GET.get("next") or reverse("admin:index")
        return HttpResponseRedirect(f"{reverse('sign_in')}?{urlencode({'next': leads_to})}")

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        @wraps(view)
        def careful(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                response: Any = view(request, *args, **kwargs)
                return response.render() if callable(getattr(response, "render", None)) else response
            except (ValueError, OverflowError, FieldDoesNotExist, DataError) as error:
                if not by_address(request, error):
                    raise
                log.warning("An address that the admin cannot read: %s", type(error).__name__, exc_info=True)
                raise BadRequest("This address cannot be read.") from error

        return super().admin_view(careful, cacheable)


def by_address(request: HttpRequest, error: Exception) -> bool:
    """Whether it is what was asked for: a key beyond what SQLite can be asked about, no field, or a parameter."""
    return isinstance(error, OverflowError | FieldDoesNotExist) or bool(request.GET)
