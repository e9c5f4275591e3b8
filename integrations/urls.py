"""Addresses of integrations. The demo product is there only in the demo."""

from django.urls import path

from integrations.demo.views import demo_product

urlpatterns = [
    path("demo-product/", demo_product, name="demo_product"),
]
