"""Where each area's addresses begin."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from jimo_site import health
from users.api.urls import nothing_here
from users.views.help_pages import ApiReference

urlpatterns = [
    path("api/docs/", ApiReference.as_view(url_name="api_schema"), name="api_docs"),
    path("api/", include("segments.api.urls")),  # calls first, as most requests are
    path("api/", include("integrations.api.urls")),
    path("api/", include("users.api.urls")),
    path("api", nothing_here),
    path("healthz", health.live),
    path("readyz", health.ready),
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}icons/mark.svg")),
    path("admin/", admin.site.urls),
    path("", include("segments.urls")),
    path("", include("users.urls")),
    path("", include("integrations.urls")),
]
handler400 = "users.views.errors.bad_request"
handler403 = "users.views.errors.forbidden"
handler404 = "users.views.errors.not_found"
handler500 = "users.views.errors.server_error"

if settings.DEBUG or settings.TESTING:
    from users.views.styleguide import styleguide

    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
