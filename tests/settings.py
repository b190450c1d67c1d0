"""Laurel's settings as the tests see them: a data folder of their own, and nothing from the developer's environment."""

import atexit
import os
import shutil
import tempfile

_KEPT = {"LAUREL_TEST_DATABASE_URL", "LAUREL_BROWSER", "LAUREL_REQUIRE_BROWSER", "LAUREL_REQUIRE_POSTGRES"}
for _name in [name for name in os.environ if name.startswith("LAUREL_") and name not in _KEPT]:
    del os.environ[_name]
_folder = os.environ["LAUREL_DATA_DIR"] = tempfile.mkdtemp(prefix="laurel-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["LAUREL_DATABASE_URL"] = os.environ.get("LAUREL_TEST_DATABASE_URL", "")

# Only now: these settings read the environment as it was set above.
from registry_site.settings import *  # noqa: E402, F403 - after the environment; what is not said below is as always
from registry_site.settings import DATA_DIR, DATABASES, INSTALLED_APPS, MIDDLEWARE, STATIC_ROOT, STORAGES  # noqa: E402 - ditto

# A file, not memory: threads, WAL and the write queue behave as they do in the server.
if DATABASES["default"]["ENGINE"] == "registry_site.sqlite":
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "tests.db")}
# Pages link static files by their plain names, so that no test depends on `collectstatic`.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
# The hash is Django's business; a fast one keeps tests with users short.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A page that asks the database again for every row of a list fails its test.
INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]
MIDDLEWARE = ["zeal.middleware.zeal_middleware", *MIDDLEWARE]
ZEAL_RAISE = True
# A service reads a row again under its lock: that is no list.
ZEAL_ALLOWLIST = [{"model": "models_app.*", "field": "get()"}]
# Nothing is collected there, but the middleware that serves it looks.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
