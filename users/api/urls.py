"""The API's addresses."""

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from drf_spectacular.views import SpectacularAPIView

import users.api.converters  # noqa: F401  `any` below
from users.api.attributes import AttributesView, AttributeView
from users.api.errors import error_response, not_found
from users.api.ingest import BatchView, IdentifyView
from users.api.tags import UserTagsView
from users.api.users import UsersView, UserView


def nothing_here(request: HttpRequest) -> HttpResponse:
    return error_response(not_found(request))


urlpatterns = [
    path("v1/identify", IdentifyView.as_view(), name="api_identify"),
    path("v1/batch", BatchView.as_view(), name="api_batch"),
    path("v1/users", UsersView.as_view(), name="api_users"),
    path("v1/users/<any:ident>/tags", UserTagsView.as_view(), name="api_user_tags"),
    path("v1/users/<any:ident>", UserView.as_view(), name="api_user"),
    path("v1/attributes", AttributesView.as_view(), name="api_attributes"),
    path("v1/attributes/<any:field>", AttributeView.as_view(), name="api_attribute"),
    # There is one version: whatever ?version= says would be written into a header.
    path("schema/", SpectacularAPIView.as_view(api_version="1"), name="api_schema"),
    re_path(r"", nothing_here),
]
