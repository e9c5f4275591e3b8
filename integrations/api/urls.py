"""The API's addresses of imports."""

from django.urls import path

from integrations.api import views

urlpatterns = [
    path("v1/imports", views.ImportsView.as_view(), name="api_imports"),
    path("v1/imports/<int:pk>", views.ImportView.as_view(), name="api_import"),
    path("v1/imports/<int:pk>/problems", views.ProblemsView.as_view(), name="api_import_problems"),
    path("v1/imports/<int:pk>/cancel", views.CancelView.as_view(), name="api_import_cancel"),
    path("v1/imports/<int:pk>/undo", views.UndoView.as_view(), name="api_import_undo"),
]
