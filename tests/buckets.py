"""Two servers that speak S3, on loopback: moto knows what S3 does, nanio checks every signature."""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from models_app.storage import s3_client

BUCKET = "models"
KEY, SECRET = "laurel-tests", "secret-of-the-tests"


@dataclass
class S3Server:
    """`requests` are those it answered, as "GET /models/a?query"; a strict one checks signatures."""

    endpoint: str
    is_strict: bool = False
    requests: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What AWS's tools read, and nothing of the developer's own."""
        return {
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        }

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What Laurel keeps in a bucket, it keeps here; tests share connections, which take longer than most tests."""
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(s3_client, "connect", partial(shared, self.endpoint))

    def client(self) -> Any:
        session = boto3.session.Session(aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="us-east-1")
        return session.client("s3", endpoint_url=self.endpoint)

    def counted(self, method: str, part: str = "") -> int:
        return sum(1 for request in self.requests if request.startswith(f"{method} ") and part in request)


connect = s3_client.connect


@cache
def shared(_server: str, endpoint: str = "", *, is_patient: bool = False) -> Any:
    return connect(endpoint, is_patient=is_patient)


@contextmanager
def moto() -> Iterator[S3Server]:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = S3Server("")
    app = DomainDispatcherApplication(create_backend_app)
    # moto closes an object that is overwritten, also while another thread still counts its bytes, and answers 500.
    one_at_a_time = threading.Lock()

    def counting(environ: dict[str, Any], start_response: Any) -> Any:
        server.requests.append(f"{environ['REQUEST_METHOD']} {environ.get('REQUEST_URI') or environ['RAW_URI']}")
        with one_at_a_time:
            return app(environ, start_response)

    listening = make_server("127.0.0.1", 0, counting, threaded=True, request_handler=MotoRequestHandler)
    server.endpoint = f"http://127.0.0.1:{listening.server_port}"
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        server.client().create_bucket(Bucket=BUCKET)
        yield server
    finally:
        listening.shutdown()
        thread.join()


@contextmanager
def nanio(folder: Path, port: int = 0) -> Iterator[S3Server]:
    import uvicorn
    from nanio.app import build_app
    from nanio.auth.credentials import StaticCredentialResolver
    from nanio.config import Settings

    server = S3Server("", is_strict=True)
    app = build_app(Settings(data_dir=folder, region="us-east-1", credentials=StaticCredentialResolver({KEY: SECRET})))

    async def counting(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            query = f"?{scope['query_string'].decode()}" if scope["query_string"] else ""
            server.requests.append(f"{scope['method']} {scope['raw_path'].decode()}{query}")
        await app(scope, receive, send)

    listening = uvicorn.Server(uvicorn.Config(counting, log_level="critical", lifespan="off", access_log=False))
    with socket.create_server(("127.0.0.1", port)) as reserved:
        server.endpoint = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        thread = threading.Thread(target=listening.run, kwargs={"sockets": [reserved]}, daemon=True)
        thread.start()
        while not listening.started:
            time.sleep(0.01)
        try:
            client = server.client()
            with contextlib.suppress(client.exceptions.BucketAlreadyOwnedByYou):
                client.create_bucket(Bucket=BUCKET)
            yield server
        finally:
            listening.should_exit = True
            thread.join()
