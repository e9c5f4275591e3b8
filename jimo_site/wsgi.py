"""What Granian serves."""

import os

from django.core.wsgi import get_wsgi_application

from users.long_running import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jimo_site.settings")
application = get_wsgi_application()
settle()
