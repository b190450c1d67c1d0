"""What the start-up looks at before it listens."""

from pathlib import Path

import pytest
from django.db import connection

from registry_site import startup
from registry_site.refusal import CannotStart

MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/export /mnt/team nfs4 rw 0 0
/dev/sdb1 /mnt/team/local\\040disk xfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/srv/laurel", "ext4"),
        ("/mnt/team/laurel", "nfs4"),
        ("/mnt/team/local disk/laurel", "xfs"),
        ("/mnt/teamwork", "ext4"),
    ],
)
def test_file_system_is_that_of_the_nearest_mount_point(path: str, kind: str) -> None:
    assert startup.file_system_of(startup.Path(path), MOUNTS) == kind


@pytest.mark.django_db
def test_database_of_this_laurel_is_accepted() -> None:
    startup.refuse_newer_schema()


@pytest.mark.django_db
def test_database_of_a_newer_laurel_is_refused() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('models_app', '9999_future', CURRENT_TIMESTAMP)"
        )
    with pytest.raises(CannotStart, match=r"newer Laurel \(it holds models_app 9999_future\)"):
        startup.refuse_newer_schema()


@pytest.mark.django_db
def test_tables_of_an_app_that_laurel_does_not_have_are_no_obstacle() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('elsewhere', '0001_initial', CURRENT_TIMESTAMP)"
        )
    startup.refuse_newer_schema()


def test_a_key_nobody_can_read_is_refused(tmp_path: Path) -> None:
    startup.refuse_unreadable_key(tmp_path / "none-yet")
    (tmp_path / "key").write_bytes(b"\xff\xfe")
    with pytest.raises(CannotStart, match="is no key"):
        startup.refuse_unreadable_key(tmp_path / "key")
    with pytest.raises(CannotStart, match="can't be read"):
        startup.refuse_unreadable_key(tmp_path)
