"""What Granian serves."""

import os

from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jimo_site.settings")
pages = get_wsgi_application()

from jimo_site.calls import CallsFirst  # noqa: E402  the apps must be loaded first
from users.ground.long_running import settle  # noqa: E402

application = CallsFirst(pages)
# There is one table of addresses: setting it anew after each request took a tenth of a call.
request_finished.disconnect(reset_urlconf)
_ = get_resolver().url_patterns  # now, not with the first request
settle()
