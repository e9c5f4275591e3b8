"""What Granian serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from users.ground.long_running import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jimo_site.settings")
application = get_wsgi_application()
_ = get_resolver().url_patterns  # now, not with the first request
settle()
