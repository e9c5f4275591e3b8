"""Addresses of integrations. The demo product is there only in the demo."""

from django.urls import include, path

import users.ground.converters  # noqa: F401  `row` below
from integrations.demo.views import demo_product, demo_webhook
from integrations.views import (
    audiences,
    connection_mapping,
    connection_page,
    connections,
    hubspot,
    hubspot_oauth,
    imports,
    webhooks,
)

imports_of_a_project = [
    path("", imports.import_list, name="imports"),
    path("new/", imports.new, name="import_new"),
    path("<row:pk>/", imports.one, name="import"),
    path("<row:pk>/reading/", imports.reading, name="import_reading"),
    path("<row:pk>/start/", imports.start, name="import_start"),
    path("<row:pk>/act/", imports.act, name="import_act"),
    path("<row:pk>/refused/", imports.rejected_lines, name="import_refused"),
]
integrations_of_a_project = [
    path("", connections.catalogue, name="integrations"),
    path("new/<slug:vendor>/", connections.new, name="connection_new"),
    path("hubspot/sign-in/", hubspot_oauth.authorize, name="hubspot_authorize"),
    path("<row:pk>/", connection_page.one, name="connection"),
    path("<row:pk>/mapping/", connection_mapping.mapping, name="connection_mapping"),
    path("<row:pk>/credentials/", connections.credentials, name="connection_credentials"),
    path("<row:pk>/act/", connection_page.act, name="connection_act"),
    path("<row:pk>/audiences/", audiences.act, name="connection_audiences"),
    path("<row:pk>/disconnect/", connection_page.leave, name="connection_leave"),
    path("<row:pk>/problems/", connection_page.problems_file, name="connection_problems"),
]
webhooks_of_a_project = [
    path("", webhooks.webhook_list, name="webhooks"),
    path("new/", webhooks.new, name="webhook_new"),
    path("<row:pk>/", webhooks.one, name="webhook"),
    path("<row:pk>/edit/", webhooks.edit, name="webhook_edit"),
    path("<row:pk>/act/", webhooks.act, name="webhook_act"),
    path("<row:pk>/deliveries/<row:delivery>/", webhooks.delivery, name="webhook_delivery"),
    path("<row:pk>/deliveries/<row:delivery>/resend/", webhooks.resend, name="webhook_resend"),
]
urlpatterns = [
    path("p/<slug:slug>/integrations/", include(integrations_of_a_project)),
    path("p/<slug:slug>/settings/webhooks/", include(webhooks_of_a_project)),
    path("p/<slug:slug>/imports/", include(imports_of_a_project)),
    path("integrations/oauth/hubspot/", hubspot_oauth.callback, name="hubspot_oauth"),
    path("integrations/hubspot/<row:pk>/", hubspot.events, name="hubspot_events"),
    path("demo-product/", demo_product, name="demo_product"),
    path("demo-product/webhook/", demo_webhook, name="demo_webhook"),
]
