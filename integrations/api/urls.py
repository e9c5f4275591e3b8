"""The API's addresses of imports, connections and webhooks."""

from django.urls import path

from integrations.api import connections, views, webhooks

urlpatterns = [
    path("v1/imports", views.ImportsView.as_view(), name="api_imports"),
    path("v1/imports/<int:pk>", views.ImportView.as_view(), name="api_import"),
    path("v1/imports/<int:pk>/problems", views.ProblemsView.as_view(), name="api_import_problems"),
    path("v1/imports/<int:pk>/cancel", views.CancelView.as_view(), name="api_import_cancel"),
    path("v1/imports/<int:pk>/undo", views.UndoView.as_view(), name="api_import_undo"),
    path("v1/connectors", connections.ConnectorsView.as_view(), name="api_connectors"),
    path("v1/connections", connections.ConnectionsView.as_view(), name="api_connections"),
    path("v1/connections/<int:pk>", connections.ConnectionView.as_view(), name="api_connection"),
    path("v1/connections/<int:pk>/test", connections.TestView.as_view(), name="api_connection_test"),
    path("v1/connections/<int:pk>/properties", connections.PropertiesView.as_view(), name="api_connection_properties"),
    path("v1/connections/<int:pk>/preview", connections.PreviewView.as_view(), name="api_connection_preview"),
    path("v1/connections/<int:pk>/runs", connections.RunsView.as_view(), name="api_runs"),
    path("v1/connections/<int:pk>/runs/<int:run>", connections.RunView.as_view(), name="api_run"),
    path("v1/connections/<int:pk>/runs/<int:run>/cancel", connections.CancelRunView.as_view(), name="api_run_cancel"),
    path(
        "v1/connections/<int:pk>/runs/<int:run>/problems",
        connections.RunProblemsView.as_view(),
        name="api_run_problems",
    ),
    path("v1/webhooks", webhooks.WebhooksView.as_view(), name="api_webhooks"),
    path("v1/webhooks/<int:pk>", webhooks.WebhookView.as_view(), name="api_webhook"),
    path("v1/webhooks/<int:pk>/deliveries", webhooks.DeliveriesView.as_view(), name="api_deliveries"),
    path("v1/webhooks/<int:pk>/deliveries/<int:delivery>/resend", webhooks.ResendView.as_view(), name="api_resend"),
]
