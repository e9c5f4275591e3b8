"""The product's settings on the suite's database, which must be chosen before they are read."""

import os
import tempfile

from tests.database import use_test_database

use_test_database()
os.environ.setdefault("SECRET_KEY", "a-secret-for-tests-only-" + "0" * 40)
os.environ["PUBLIC_RATE_LIMIT"] = os.environ["SECRET_RATE_LIMIT"] = "0"
os.environ["PRODUCTION"] = os.environ["DEBUG"] = os.environ["DEMO"] = ""

from jimo_site.settings import *  # noqa: E402, F403

# Every client of a test has middleware of its own, which else reads all static files first, asked for or not.
WHITENOISE_AUTOREFRESH = True
IMPORTS_DIR = os.path.join(tempfile.gettempdir(), f"jimo-test-imports-{os.getpid()}")
