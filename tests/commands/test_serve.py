"""`serve` as a process: it answers, ends without cutting anybody off, and says in one line why it can't start."""

import contextlib
import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests import live
from tests.buckets import S3Server
from tests.commands import probe_settings
from tests.conftest import ON_POSTGRESQL, once

PROBE = {"DJANGO_SETTINGS_MODULE": "tests.commands.probe_settings"}


@pytest.fixture(scope="module")
def probe(
    tmp_path_factory: pytest.TempPathFactory, live_database_url: Callable[[str], str]
) -> Iterator[live.LiveLaurel]:
    """The real server with a few plain addresses, for tests that leave it running."""
    url = live_database_url("probe")
    with live.serving(tmp_path_factory.mktemp("probe"), database_url=url, env=live.environment(**PROBE)) as server:
        yield server


@pytest.fixture
def ending_probe(tmp_path: Path, live_database_url: Callable[[str], str]) -> Iterator[live.LiveLaurel]:
    """The same, for tests that end it."""
    url = live_database_url(tmp_path.name)
    with live.serving(tmp_path, database_url=url, env=live.environment(**PROBE)) as server:
        yield server


def refusal(folder: Path, *arguments: str, **env: str) -> str:
    """The one line of a server that must not start."""
    process = live.launch(folder / "refused.log", *arguments, env=live.environment(**PROBE, **env))
    assert process.wait(60) == 2
    lines = (folder / "refused.log").read_text().splitlines()
    assert len(lines) == 1, lines
    return lines[0].removeprefix("Laurel can't start: ")


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=30) as response:
        body: bytes = response.read()
    return body


def test_says_one_line_when_it_is_ready(probe: live.LiveLaurel) -> None:
    assert get(f"{probe.url}/health") == b"OK"
    assert probe.log.read_text().count("\n") == 1
    assert str(probe.data_dir) in probe.log.read_text()


def test_data_folder_is_for_its_owner_only(probe: live.LiveLaurel) -> None:
    assert stat.S_IMODE(probe.data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((probe.data_dir / "secret-key").stat().st_mode) == 0o600


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_request_in_flight_is_finished_before_the_server_ends(
    ending_probe: live.LiveLaurel, ending: signal.Signals
) -> None:
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(get(f"{ending_probe.url}/stream")))
    reader.start()
    time.sleep(0.5)
    ending_probe.process.send_signal(ending)
    reader.join(30)
    assert len(received[0]) == 1000 * probe_settings.STREAM_BLOCKS
    assert ending_probe.process.wait(30) == 0
    assert ending_probe.log.read_text().count("\n") == 1, "ending is no news"


def workers_of(process: "subprocess.Popen[bytes]") -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for the workers where Linux lists them")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_upload_in_flight_is_finished_when_all_processes_are_told_to_end(
    ending_probe: live.LiveLaurel, ending: signal.Signals
) -> None:
    """A terminal's Ctrl+C and most service managers reach the workers too, perhaps twice."""
    port = int(ending_probe.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"PUT /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello")
        everybody = [*workers_of(ending_probe.process), ending_probe.process.pid]
        for _ in range(2):  # by somebody impatient
            time.sleep(1)
            for pid in everybody:
                with contextlib.suppress(ProcessLookupError):  # a worker with nothing to finish is gone at once
                    os.kill(pid, ending)
        time.sleep(1)
        client.sendall(b"world")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
    assert ending_probe.process.wait(10) == 0
    assert ending_probe.log.read_text().count("\n") == 1, "ending is no news"


def test_idle_connection_does_not_hold_up_the_end(ending_probe: live.LiveLaurel) -> None:
    port = int(ending_probe.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        asked = time.monotonic()
        assert ending_probe.stop() == 0
        assert time.monotonic() - asked < 10


@once
def test_server_that_is_still_starting_ends_when_asked(tmp_path: Path) -> None:
    loading = tmp_path / "loading"
    env = live.environment(**PROBE, PROBE_LOADING=str(loading))
    process = live.launch(tmp_path / "log", "--port", "0", "--data-dir", str(tmp_path / "data"), env=env)
    while not loading.exists():
        assert process.poll() is None, (tmp_path / "log").read_text()
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_answers_on_a_kept_connection_come_at_once(probe: live.LiveLaurel) -> None:
    """Nagle's algorithm with delayed acknowledgements would add 40 ms to each."""
    client = http.client.HTTPConnection("127.0.0.1", int(probe.url.rpartition(":")[2]))
    client.connect()
    for _ in range(2):
        client.request("GET", f"/nodelay?port={client.sock.getsockname()[1]}")
        assert int(client.getresponse().read()) != 0
    client.close()


def many_writers_at_once(probe: live.LiveLaurel) -> list[Exception]:
    failed: list[Exception] = []

    def write() -> None:
        try:
            for _ in range(20):
                assert get(f"{probe.url}/write") == b"OK"
        except Exception as error:
            failed.append(error)

    writers = [threading.Thread(target=write) for _ in range(16)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    return failed


def test_many_writers_at_once_all_succeed(probe: live.LiveLaurel) -> None:
    assert many_writers_at_once(probe) == [], probe.log.read_text()


@pytest.mark.skipif(not ON_POSTGRESQL, reason="the limits are PostgreSQL's")
def test_connections_carry_the_limits(probe: live.LiveLaurel) -> None:
    assert get(f"{probe.url}/limits") == b"1min 1min 20s"


@pytest.mark.skipif(not ON_POSTGRESQL, reason="SQLite has no connection to lose")
def test_lost_database_connections_heal_themselves(probe: live.LiveLaurel) -> None:
    """As after a restart of PostgreSQL or of a firewall on the way, when every process has a pool of its full size."""
    many_writers_at_once(probe)
    with psycopg.connect(os.environ["LAUREL_TEST_DATABASE_URL"], autocommit=True) as administrator:
        lost = administrator.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname LIKE 'live_probe_%'"
        ).fetchall()
    assert len(lost) > 4
    for _ in range(8):
        assert get(f"{probe.url}/write") == b"OK"


def test_host_header_of_a_stranger_is_refused(probe: live.LiveLaurel) -> None:
    request = urllib.request.Request(f"{probe.url}/host", headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(request, timeout=10)


@once
def test_stopped_server_leaves_one_whole_database_file(ending_probe: live.LiveLaurel) -> None:
    get(f"{ending_probe.url}/write")
    assert ending_probe.stop() == 0
    assert sorted(path.name for path in ending_probe.data_dir.glob("laurel.db*")) == ["laurel.db"]


@once
def test_workers_of_a_killed_server_leave_its_port(ending_probe: live.LiveLaurel) -> None:
    port = int(ending_probe.url.rpartition(":")[2])
    ending_probe.process.kill()
    ending_probe.process.wait(10)

    def is_answered() -> bool:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            return False
        return True

    deadline = time.monotonic() + 20
    while is_answered():
        assert time.monotonic() < deadline, "a worker goes on without its server"
        time.sleep(0.1)


def test_server_starts_again_on_its_data_without_doing_it_all_twice(tmp_path: Path) -> None:
    env = live.environment(**PROBE)
    with live.serving(tmp_path, env=env) as first:
        secret = (first.data_dir / "secret-key").read_text()
        collected = (first.data_dir / "static" / "stamp").stat().st_mtime_ns
    with live.serving(tmp_path, env=env) as second:
        assert (second.data_dir / "secret-key").read_text() == secret
        assert (second.data_dir / "static" / "stamp").stat().st_mtime_ns == collected


def test_a_server_with_login_says_when_nobody_can_sign_in_yet(tmp_path: Path) -> None:
    env = live.environment(LAUREL_LOGIN="on")
    with live.serving(tmp_path, env=env) as server:
        assert "Nobody can sign in yet" in server.log.read_text()
    account = {**env, "LAUREL_DATA_DIR": str(tmp_path / "data"), "DJANGO_SUPERUSER_PASSWORD": "a long secret"}
    subprocess.run(
        [sys.executable, str(live.ROOT / "manage.py"), "createsuperuser", "--noinput", "--username=mia", "--email="],
        env=account, check=True, capture_output=True,
    )  # fmt: skip
    with live.serving(tmp_path, env=env) as server:
        assert "sign in" not in server.log.read_text()


def test_taken_port_is_named(tmp_path: Path, probe: live.LiveLaurel) -> None:
    """By another Laurel, which shares its port between its own processes."""
    port = probe.url.rpartition(":")[2]
    text = refusal(tmp_path, "--port", port, "--data-dir", str(tmp_path / "other"))
    assert text == f"port {port} of 127.0.0.1 is taken: stop what listens there, or choose another --port."
    assert not (tmp_path / "other" / "laurel.db").exists()


@once
def test_data_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    text = refusal(tmp_path, "--port", "0", "--data-dir", str(tmp_path / "file"))
    assert text.startswith(f"--data-dir {tmp_path}/file can't be written: ")


@once
def test_artifact_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    text = refusal(tmp_path, "--port", "0", "--data-dir", str(tmp_path / "data"), "--artifacts", str(tmp_path / "file"))
    assert text.startswith(f"--artifacts {tmp_path}/file can't be written: ")


@once
def test_place_for_artifacts_that_laurel_does_not_know_is_named(tmp_path: Path) -> None:
    text = refusal(tmp_path, "--port", "0", "--data-dir", str(tmp_path / "data"), "--artifacts", "gopher://old")
    assert text == "LAUREL_ARTIFACTS must be a folder or s3://bucket/prefix, not 'gopher://old'."


@once
@pytest.mark.parametrize(
    ("place", "change", "reason"),
    [
        ("s3://nowhere/x", {}, "can't be used: there is no bucket 'nowhere'."),
        ("s3://models", {"AWS_ACCESS_KEY_ID": "x"}, "can't be used: its credentials are refused (InvalidAccessKeyId)."),
        ("s3://models/../x", {}, "must not hold . or .. as a folder, not 's3://models/../x'."),
    ],
)
def test_bucket_that_can_not_be_used_is_named(
    tmp_path: Path, nanio_server: S3Server, place: str, change: dict[str, str], reason: str
) -> None:
    env = {**nanio_server.environment, **change}
    text = refusal(tmp_path, "--port", "0", "--data-dir", str(tmp_path / "data"), "--artifacts", place, **env)
    assert text.removeprefix(f"--artifacts {place} ").removeprefix("--artifacts ") == reason


@once
def test_read_only_data_folder_is_named(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        folder = Path("/proc/laurel")  # root may write everywhere but where the kernel says no
    else:
        folder = tmp_path / "locked"
        folder.mkdir(mode=0o500)
    text = refusal(tmp_path, "--port", "0", "--data-dir", str(folder))
    assert text.startswith(f"--data-dir {folder} can't be written: ")


@once
def test_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("not a database, " * 100)
    text = refusal(
        tmp_path,
        "--port",
        "0",
        "--data-dir",
        str(tmp_path / "data"),
        "--database-url",
        f"sqlite:///{tmp_path}/notes.db",
    )
    assert text == f"the database can't be used ({tmp_path}/notes.db): file is not a database."


def test_unreachable_postgresql_is_named_without_its_password(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"postgresql://ann:secret@127.0.0.1:{nobody.getsockname()[1]}/models"
        text = refusal(tmp_path, "--port", "0", "--data-dir", str(tmp_path / "data"), "--database-url", url)
    assert text.startswith("the database can't be used (PostgreSQL): connection failed")
    assert "secret" not in text


@once
def test_open_address_without_login_is_refused_with_the_way_out(tmp_path: Path) -> None:
    text = refusal(tmp_path, "--port", "0", "--host", "0.0.0.0", "--data-dir", str(tmp_path / "data"))
    assert text.startswith("--host 0.0.0.0 lets others reach this server")
    assert "LAUREL_LOGIN=on" in text
    assert not (tmp_path / "data" / "laurel.db").exists()


@once
def test_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    text = refusal(tmp_path, "--port", "0", "--host", "192.0.2.1", "--data-dir", str(tmp_path), LAUREL_LOGIN="on")
    assert text == "--host 192.0.2.1 is no address of this machine."


@once
def test_bad_setting_is_one_line_too(tmp_path: Path) -> None:
    text = refusal(tmp_path, "--port", "0", "--data-dir", str(tmp_path / "data"), LAUREL_LOGIN="perhaps")
    assert text == "LAUREL_LOGIN must be on or off, not 'perhaps'."


def test_demo_fills_an_empty_registry_once(tmp_path: Path, live_database_url: Callable[[str], str]) -> None:
    url = live_database_url("demo")
    with live.serving(tmp_path, "--demo", database_url=url) as server:
        found = json.loads(get(f"{server.url}/api/2.0/mlflow/registered-models/search"))["registered_models"]
        assert len(found) >= 2
        assert server.log.read_text().startswith("The registry now holds the example data.\n")
    with live.serving(tmp_path, "--demo", database_url=url) as server:
        again = json.loads(get(f"{server.url}/api/2.0/mlflow/registered-models/search"))["registered_models"]
        assert again == found
        assert server.log.read_text().startswith("The registry is not empty, so no example data was added.\n")


@once
def test_help_lists_every_option_with_its_variable(tmp_path: Path) -> None:
    process = live.launch(tmp_path / "help.log", "--help", env=live.environment())
    assert process.wait(30) == 0
    text = (tmp_path / "help.log").read_text()
    for option in ("host", "port", "data-dir", "database-url", "artifacts", "workers", "demo"):
        assert f"--{option}" in text
        assert f"LAUREL_{option.replace('-', '_').upper()}" in text


def test_two_servers_may_start_at_once_on_one_database(tmp_path: Path, live_database_url: Callable[[str], str]) -> None:
    """Both bring an empty database up to date; one waits for the other."""
    url = live_database_url("twice")
    database = ["--database-url", url] if url else []
    arguments = ["--port", "0", "--data-dir", str(tmp_path / "data"), *database]
    logs = [tmp_path / "one.log", tmp_path / "two.log"]
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for log in logs:
            processes.append(live.launch(log, *arguments, env=live.environment(**PROBE)))
        for process, log in zip(processes, logs, strict=True):
            assert get(f"{live.wait_until_ready(process, log)}/write") == b"OK"
    finally:
        for process in processes:
            process.terminate()
    assert [process.wait(30) for process in processes] == [0, 0]
