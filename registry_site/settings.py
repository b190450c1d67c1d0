"""Every setting of a Laurel server, read from the environment once; `serve` turns its options into these variables."""

import getpass
import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent


def env_bool(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be on or off, not {value!r}.")


def env_int(name: str, default: int, lowest: int = 0) -> int:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isascii() or not value.isdigit() or int(value) < lowest:
        raise ImproperlyConfigured(f"{name} must be a whole number from {lowest} on, not {value!r}.")
    return int(value)


def env_list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def env_secret(name: str, file: Path) -> str:
    """The secret from the environment, else from `file`, which is made for its owner's eyes when it is missing."""
    if value := os.environ.get(name):
        return value
    try:
        if not file.exists():
            make_secret(file)
        if value := file.read_text().strip():
            return value
    except (OSError, UnicodeDecodeError):
        # `serve` reports an unusable data folder in its own words; a check or a test without one needs no lasting key.
        return secrets.token_urlsafe(48)
    raise ImproperlyConfigured(f"{file} is empty: delete it, and the next start makes a new key.")


def make_secret(file: Path) -> None:
    """Whole or not at all, whoever else starts or dies at this moment; the first to come wins."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(secrets.token_urlsafe(48))
            stream.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):
            os.link(unfinished, file)
    finally:
        unfinished.unlink()


def sqlite_database(path: Path) -> dict[str, Any]:
    # IMMEDIATE: a transaction that starts as a reader and then writes can't wait for the lock, it fails at once.
    # FULL: a write that was acknowledged survives a power cut.
    pragmas = (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=134217728; PRAGMA cache_size=-16000; "
        "PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864"
    )
    return {
        "ENGINE": "registry_site.sqlite",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE", "init_command": pragmas},
    }


def postgresql_database(url: str, threads: int) -> dict[str, Any]:
    # libpq reads its own addresses: sockets, percent signs, several hosts and parameters come out as it means them.
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = {key: str(value) for key, value in conninfo_to_dict(f"postgresql://{url.partition('://')[2]}").items()}
    except ProgrammingError as error:
        # libpq quotes what it can't read, which may be a part of the password.
        reason = str(error).strip() if "query parameter" in str(error) else "a percent sign or a bracket is astray"
        raise ImproperlyConfigured(f"LAUREL_DATABASE_URL is no PostgreSQL address: {reason}.") from None
    # A forgotten transaction must not hold locks, a runaway query must not hold a thread; migrations lift the limit.
    limits = (
        f"-c statement_timeout={env_int('LAUREL_STATEMENT_TIMEOUT', 60)}s "
        "-c idle_in_transaction_session_timeout=60s -c lock_timeout=20s"
    )
    return {
        "ENGINE": "registry_site.postgresql",
        "NAME": parts.pop("dbname", "" if "service" in parts else "laurel"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            # A thread holds one connection; two to spare for work beside the requests. Both times are short because the
            # pool waits longer after each failure to connect; `registry_site.postgresql` asks it again.
            "pool": {"min_size": 1, "max_size": threads + 2, "timeout": 0.5, "reconnect_timeout": 0.5},
            "connect_timeout": "10",
            **parts,
            "options": f"{limits} {parts.get('options', '')}".strip(),
        },
    }


def sqlite_file(url: str) -> Path:
    path = unquote(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else ""
    if not path or path == ":memory:":
        raise ImproperlyConfigured(
            "LAUREL_DATABASE_URL must name a file: sqlite:///name.db or sqlite:////folder/name.db."
        )
    return Path(path).expanduser().absolute()


def database(url: str, data_dir: Path, threads: int) -> dict[str, Any]:
    scheme = url.partition(":")[0].partition("+")[0]  # "postgresql+psycopg2" is how MLflow's addresses begin
    if not url:
        return sqlite_database(data_dir / "laurel.db")
    if scheme == "sqlite":
        return sqlite_database(sqlite_file(url))
    if scheme in {"postgresql", "postgres"}:
        return postgresql_database(url, threads)
    raise ImproperlyConfigured(f"LAUREL_DATABASE_URL must start with postgresql:// or sqlite:///, not {scheme!r}.")


def artifact_place(value: str, data_dir: Path) -> str:
    if "://" in value:
        return value.rstrip("/") if value.startswith("s3://") else value
    return str(Path(value).expanduser().absolute()) if value else str(data_dir / "artifacts")


def names_of(host: str) -> list[str]:
    """What `--host` adds to the allowed hosts: itself, unless it means every address."""
    bare = host.strip("[]")
    if bare in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return []
    return [f"[{bare}]" if ":" in bare else bare]


def local_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "local"  # a container may run under a number that has no name


DATA_DIR = Path(os.environ.get("LAUREL_DATA_DIR") or BASE_DIR / "laurel-data").expanduser().resolve()
ARTIFACTS = artifact_place(os.environ.get("LAUREL_ARTIFACTS", ""), DATA_DIR)
# Where clients reach a bucket: "" for where the server reaches it, "off" to pass all bytes through the server.
S3_PUBLIC_ENDPOINT = os.environ.get("LAUREL_S3_PUBLIC_ENDPOINT", "")

# One process on SQLite, whose fair write queue and caches live in the process; several smaller ones on PostgreSQL.
DATABASE_URL = os.environ.get("LAUREL_DATABASE_URL", "")
ON_POSTGRESQL = DATABASE_URL.startswith("postgres")
WORKERS = env_int("LAUREL_WORKERS", min(4, os.cpu_count() or 1) if ON_POSTGRESQL else 1, lowest=1)
THREADS = env_int("LAUREL_THREADS", 8 if ON_POSTGRESQL else 16, lowest=1)
LONG_REQUESTS = 3 * THREADS  # that may be at it beside those: threads that wait for a slow connection cost little

HOST = os.environ.get("LAUREL_HOST") or "127.0.0.1"
PORT = env_int("LAUREL_PORT", 5000)
DEMO = env_bool("LAUREL_DEMO", False)

DEBUG = env_bool("LAUREL_DEBUG", False)
SECRET_KEY = env_secret("LAUREL_SECRET_KEY", DATA_DIR / "secret-key")
DATABASES: dict[str, dict[str, Any]] = {"default": database(DATABASE_URL, DATA_DIR, THREADS)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Without login everyone who reaches the server is the local user; `serve` allows that on a loopback address only.
LOGIN_REQUIRED = env_bool("LAUREL_LOGIN", False)
LOCAL_USER = os.environ.get("LAUREL_LOCAL_USER") or local_user()
LOGIN_URL = "web:login"
LOGIN_REDIRECT_URL = "web:home"
LOGOUT_REDIRECT_URL = "web:home"

# Loopback names always; `--host` adds its own, a proxy's public name comes from the environment.
ALLOWED_HOSTS = [
    *("localhost", ".localhost", "127.0.0.1", "[::1]"),
    *names_of(HOST),
    *env_list("LAUREL_ALLOWED_HOSTS"),
]
CSRF_TRUSTED_ORIGINS = env_list("LAUREL_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "models_app",
]
MIDDLEWARE = [
    "registry_site.places.PlacesMiddleware",
    "models_app.api.middleware.ApiMiddleware",
    "models_app.web.middleware.SecurityHeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "models_app.web.middleware.CompressPagesMiddleware",
    "django.middleware.common.CommonMiddleware",
    "models_app.web.middleware.ReadableSessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "models_app.web.middleware.LocalUserMiddleware",
    "models_app.web.middleware.SignInMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "models_app.web.middleware.RegistryErrorMiddleware",
]
ROOT_URLCONF = "registry_site.urls"
WSGI_APPLICATION = "registry_site.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "models_app.web.http.site_context",
            ],
            "builtins": ["template_partials.templatetags.partials", "models_app.templatetags.registry"],
        },
    }
]

# `createsuperuser` and `changepassword` ask again before they take a password that others would guess.
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en"

SESSION_COOKIE_NAME = "laurel_session"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "laurel_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "models_app.web.views.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_COOKIES = env_bool("LAUREL_SECURE_COOKIES", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
if env_bool("LAUREL_BEHIND_TLS_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "media-src": ["'self'"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "frame-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
# models_app.web.middleware sets these headers, stricter and on every answer; HSTS is for the proxy that speaks TLS.
SILENCED_SYSTEM_CHECKS = ["security.W001", "security.W002"]
# JSON bodies only: artifact uploads are streamed and never touch `request.body`.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000


def without_traceback(record: logging.LogRecord) -> bool:
    """A name that is not ours is the visitor's slip: whoever knocks at every address must not fill the log."""
    record.exc_info = record.exc_text = None
    return True


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"without_traceback": {"()": "django.utils.log.CallbackFilter", "callback": without_traceback}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "laurel": {"level": os.environ.get("LAUREL_LOG_LEVEL", "INFO")},
        "django.security.DisallowedHost": {"filters": ["without_traceback"]},
    },
}
