"""What a server does before it listens: look whether everything can work, bring the database up to date."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core import checks
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.loader import MigrationLoader

from models_app.errors import RegistryError
from models_app.storage import StoreUnavailable, get_store
from registry_site.locks import file_lock
from registry_site.refusal import CannotStart

# Any constant will do, as long as every Laurel asks for the same one.
MIGRATION_LOCK = 0x6C61_7572_656C

# WAL needs memory shared between processes, which these don't offer.
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ceph", "fuse.glusterfs", "afs"}


def prepare() -> None:
    """Everything up to listening; raises CannotStart."""
    make_folder(settings.DATA_DIR, "--data-dir")
    if "://" not in settings.ARTIFACTS:
        make_folder(Path(settings.ARTIFACTS), "--artifacts")
    else:
        reach_store()
    if connection.vendor == "sqlite":
        refuse_network_file_system(Path(settings.DATABASES["default"]["NAME"]))
    refuse_unreadable_key(settings.DATA_DIR / "secret-key")
    with file_lock(settings.DATA_DIR / "start.lock"):
        with reached_database():
            run_checks()
            refuse_newer_schema()
            migrate()
        collect_static()


def make_folder(folder: Path, option: str) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CannotStart(f"{option} {folder} can't be written: {error.strerror}.") from None


def reach_store() -> None:
    log = logging.getLogger("laurel.storage")
    log.disabled = True  # one sentence says it all
    try:
        get_store().check()
    except RegistryError as error:
        reason = error.reason if isinstance(error, StoreUnavailable) else error.message.rstrip(".")
        raise CannotStart(f"--artifacts {settings.ARTIFACTS} can't be used: {reason}.") from None
    finally:
        log.disabled = False


def refuse_unreadable_key(file: Path) -> None:
    """The settings make do with a key of their own then, another one in every process: no login would last."""
    try:
        if file.exists():
            file.read_text()
    except OSError as error:
        raise CannotStart(f"{file} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CannotStart(f"{file} is no key: delete it, and the next start makes a new one.") from None


def file_system_of(path: Path, mounts: str) -> str:
    """The type of the file system `path` lies on, by a table like /proc/mounts; the longest mount point wins."""
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split(" ")
        point = fields[1].replace("\\040", " ")
        if path.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind


def refuse_network_file_system(file: Path) -> None:
    try:
        kind = file_system_of(file.parent.resolve(), Path("/proc/mounts").read_text())
    except OSError:
        return  # not Linux: no table to look into
    if kind in NETWORK_FILE_SYSTEMS:
        raise CannotStart(
            f"SQLite's write-ahead log does not work on a network file system, and {file} lies on one ({kind}): "
            "choose a local --data-dir, or --database-url with PostgreSQL."
        )


def run_checks() -> None:
    found = checks.run_checks(databases=["default"])
    serious = [message for message in found if message.level >= checks.ERROR]
    if serious:
        hint = f" {serious[0].hint}" if serious[0].hint else ""
        raise CannotStart(f"{serious[0].msg}{hint}")


@contextmanager
def reached_database() -> Iterator[None]:
    """Turns what a database may answer into a sentence, and keeps other servers from migrating at the same time."""
    with ExitStack() as stack:
        try:
            if connection.vendor == "postgresql":
                stack.enter_context(postgresql_lock())
            connection.ensure_connection()
            yield
        except DatabaseError as error:
            name = "PostgreSQL" if connection.vendor == "postgresql" else settings.DATABASES["default"]["NAME"]
            raise CannotStart(f"the database can't be used ({name}): {first_line(error)}.") from error


@contextmanager
def postgresql_lock() -> Iterator[None]:
    """A connection of its own, outside the pool: refused at once when nobody answers, and the lock ends with it."""
    import psycopg

    try:
        own = psycopg.connect(**connection.get_connection_params(), autocommit=True)
    except psycopg.Error as error:
        raise OperationalError(str(error)) from error
    with own:
        own.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        own.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        yield


def first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def refuse_newer_schema() -> None:
    loader = MigrationLoader(connection)
    known = set(loader.disk_migrations) | {key for found in loader.replacements.values() for key in found.replaces}
    unknown = sorted(key for key in loader.applied_migrations if key not in known and key[0] in loader.migrated_apps)
    if unknown:
        raise CannotStart(
            f"the database was made by a newer Laurel (it holds {unknown[-1][0]} {unknown[-1][1]}): "
            "update Laurel, or choose another --data-dir or --database-url."
        )


def migrate() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")
    call_command("migrate", interactive=False, verbosity=0)


def leave_database() -> None:
    """The server's processes are forked from this one; each opens connections of its own."""
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]  # no stub knows the pool


def close_database() -> None:
    """After the last request, move SQLite's log into the file: one that is then copied is whole."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


def static_stamp() -> str:
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for path, storage in finder.list([]):
            with storage.open(path) as stream:
                digest.update(f"{path}\0{hashlib.sha256(stream.read()).hexdigest()}\0".encode())
    return digest.hexdigest()


def collect_static() -> None:
    """Pages link static files by names that hold their digest; made again only when a file changed."""
    stamp_file, stamp = Path(settings.STATIC_ROOT) / "stamp", static_stamp()
    if stamp_file.exists() and stamp_file.read_text() == stamp:
        return
    try:
        call_command("collectstatic", interactive=False, verbosity=0)
        partial = stamp_file.with_suffix(f".{os.getpid()}")
        partial.write_text(stamp)
        partial.replace(stamp_file)
    except OSError as error:
        raise CannotStart(f"static files can't be written to {settings.STATIC_ROOT}: {error.strerror}.") from error
