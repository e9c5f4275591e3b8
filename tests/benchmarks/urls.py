"""The product's addresses, and the bare view."""

from django.urls import include, path

from tests.benchmarks.bare import BareRead, BareView

urlpatterns = [
    path("bare", BareView.as_view()),
    path("bare/<int:pk>", BareRead.as_view()),
    path("", include("jimo_site.urls")),
]
