"""The options of `serve`, each with its environment variable; standard library only, read before any setting."""

import argparse
import ipaddress
import os
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from registry_site.refusal import CannotStart


def _text(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value


def _number(low: int, high: int) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not re.fullmatch(r"[0-9]{1,6}", value) or not low <= int(value) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return str(int(value))

    return check


def _switch(value: str) -> str:
    if value.lower() in {"1", "true", "yes", "on"}:
        return "on"
    if value.lower() in {"0", "false", "no", "off"}:
        return "off"
    raise ValueError("must be on or off")


def _database(value: str) -> str:
    if not re.match(r"(sqlite|postgres(ql)?(\+\w+)?)://", value):
        raise ValueError("must start with postgresql:// or sqlite:///")
    return value


def _place(value: str) -> str:
    if value.startswith("s3://"):
        # The prefix stands in addresses that clients take apart, so it holds nothing that needs escaping.
        if not re.fullmatch(r"s3://[A-Za-z0-9][A-Za-z0-9._-]{1,62}(/[A-Za-z0-9_=+@,.-]+)*/?", value):
            raise ValueError("must be s3://bucket/prefix, of letters, digits and . _ - = + @ ,")
        if {".", ".."} & set(value.split("/")):
            raise ValueError("must not hold . or .. as a folder")
    return _text(value)


def _endpoint(value: str) -> str:
    if value.lower() in {"0", "false", "no", "off"}:
        return "off"
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value) or not _has_sound_host(value):
        raise ValueError("must be an address such as https://s3.example.org, or off")
    return value.rstrip("/")


def _has_sound_host(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port beyond 65535, a [ that is not closed
        return False


@dataclass(frozen=True)
class Option:
    name: str
    variable: str
    check: Callable[[str], str]
    help: str
    default: str = ""
    metavar: str = ""

    @property
    def is_switch(self) -> bool:
        return not self.metavar


OPTIONS = (
    Option("--host", "LAUREL_HOST", _text, "address to listen on", "127.0.0.1", "ADDRESS"),
    Option("--port", "LAUREL_PORT", _number(0, 65535), "port to listen on; 0 takes a free one", "5000", "NUMBER"),
    Option(
        "--data-dir",
        "LAUREL_DATA_DIR",
        _text,
        "folder of everything that lasts (laurel-data beside manage.py)",
        "",
        "FOLDER",
    ),
    Option(
        "--database-url",
        "LAUREL_DATABASE_URL",
        _database,
        "postgresql://user:password@host/name, or sqlite:///file (a file in the data folder)",
        "",
        "URL",
    ),
    Option(
        "--artifacts",
        "LAUREL_ARTIFACTS",
        _place,
        "where artifacts lie: a folder, or s3://bucket/prefix (a folder in the data folder)",
        "",
        "PLACE",
    ),
    Option(
        "--s3-public-endpoint",
        "LAUREL_S3_PUBLIC_ENDPOINT",
        _endpoint,
        "where clients reach the bucket, or off: all files pass through the server (where the server reaches it)",
        "",
        "URL|off",
    ),
    Option(
        "--workers",
        "LAUREL_WORKERS",
        _number(1, 64),
        "server processes (1 on SQLite, up to 4 on PostgreSQL)",
        "",
        "NUMBER",
    ),
    Option("--demo", "LAUREL_DEMO", _switch, "fill an empty registry with recorded example data first"),
)


def add_to(parser: argparse.ArgumentParser) -> None:
    for option in OPTIONS:
        shown = f"{option.help} [{option.variable}{', ' if option.default else ''}{option.default}]"
        if option.is_switch:
            parser.add_argument(option.name, action="store_const", const="on", help=shown)
        else:
            parser.add_argument(option.name, metavar=option.metavar, help=shown)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]  # its own exits, so it never returns
        raise CannotStart(f"{message}.")


def apply(arguments: Sequence[str]) -> None:
    """Check every option, whether given or in the environment, and leave its value in the environment.

    Settings are read from there when they are imported, here and in every process the server starts.
    """
    parser = _Parser(add_help=False, allow_abbrev=False)
    add_to(parser)
    given = vars(parser.parse_known_args(list(arguments))[0])
    for option in OPTIONS:
        value = given[option.name.lstrip("-").replace("-", "_")]
        source = option.name
        if value is None:
            value, source = os.environ.get(option.variable, ""), option.variable
            if not value:
                os.environ[option.variable] = option.default
                continue
        try:
            os.environ[option.variable] = option.check(value)
        except ValueError as error:
            may_hold_password = option.variable == "LAUREL_DATABASE_URL" or "@" in value
            shown = "that" if may_hold_password else repr(value)
            raise CannotStart(f"{source} {error}, not {shown}.") from None


def listening_address(host: str) -> str:
    """The IP address to bind for `host`, which may be a name of this machine."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise CannotStart(f"--host {host}: {error.strerror or error}.") from None
    addresses = [str(entry[4][0]) for entry in found]
    return next((address for address in addresses if ":" not in address), addresses[0])


def is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def is_wildcard(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_unspecified
