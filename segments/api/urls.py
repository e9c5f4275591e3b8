"""The API's addresses of segments."""

from django.urls import path

import users.api.converters  # noqa: F401  `any` below
from segments.api import views

urlpatterns = [
    path("v1/users/<any:ident>/segments", views.UserSegmentsView.as_view(), name="api_user_segments"),
    path("v1/segments", views.SegmentsView.as_view(), name="api_segments"),
    path("v1/segments/preview", views.PreviewView.as_view(), name="api_preview"),
    path("v1/segments/<int:pk>", views.SegmentView.as_view(), name="api_segment"),
    path("v1/segments/<int:pk>/users", views.MembersView.as_view(), name="api_members"),
    path("v1/segments/<int:pk>/export", views.ExportView.as_view(), name="api_export"),
    path("v1/evaluate", views.EvaluateView.as_view(), name="api_evaluate"),
]
