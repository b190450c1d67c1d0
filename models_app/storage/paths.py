"""Which paths an artifact may have, and how they stand in the URIs clients send."""

import re
from urllib.parse import unquote

from django.conf import settings

from models_app.errors import InvalidValue

SCHEME = "mlflow-artifacts:"
BUCKET_SCHEME = "s3://"
UPLOAD_PREFIX = ".laurel-upload-"
# MLflow: `.artifact.uploading.` marks its own half-written files, which a store taken over from it may still hold.
RESERVED_PREFIXES = (UPLOAD_PREFIX, ".artifact.uploading.")

NAME_BYTES = 255  # what one file name may take on common disks
PATH_CHARACTERS = 2_048
PATH_DEPTH = 100

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\#\ud800-\udfff]")
# Decoded control characters lead nowhere; names with a % in them, such as the images of `IMAGE_NAME`, may hold them.
_FORBIDDEN_DECODED = re.compile(r"[\\#]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# MLflow: its 2.x client names images so, and its 3.x client with + instead of %.
IMAGE_NAME = re.compile(r"%step%(-?\d+)%timestamp%(\d+)%([\w-]+?)(%compressed)?(?=\.\w+$)", re.ASCII)
_DRIVE = re.compile(r"[A-Za-z]:(/|$)")


def clean_path(text: str) -> str:
    """The path as it was given, without empty and `.` segments; whatever may lead elsewhere is refused.

    Checked fully decoded, kept undecoded: `50%25.txt` is a name like any other, `%252e%252e` is an attack.
    """
    if len(text) > PATH_CHARACTERS:
        raise InvalidValue(f"Invalid path: it is longer than {PATH_CHARACTERS} characters.", field="path")
    if _FORBIDDEN.search(text):
        raise _invalid(text, "it holds a control character, a backslash or a #")
    for form in {text, _fully_decoded(text)}:
        _refuse_unsafe(form, text)
    return "/".join(_segments(text))


def client_path(text: str) -> str:
    """The clean path under which MLflow's clients find what they call `text`.

    MLflow: a client decodes the names of a listing until nothing changes, so its server keeps files by such names, and
    we do. That makes `%step%35%` a 5 and refuses `%step%23%` as a #: these images get the names of the 3.x client.
    """
    path = text if len(text) > PATH_CHARACTERS else _settled(text)
    if path != text and IMAGE_NAME.search(text):
        path = _settled(IMAGE_NAME.sub(_with_plus, text))
    return clean_path(path)


def is_clean(path: str) -> bool:
    """Whether a path can be asked for, so that a listing never offers what `clean_path` refuses."""
    try:
        return path == clean_path(path)
    except InvalidValue:
        return False


def join(*parts: str) -> str:
    return clean_path("/".join(part for part in parts if part))


def path_of(uri: str) -> str | None:
    """The store path behind a URI: None when it points elsewhere, InvalidValue when it is ours and unsafe."""
    if uri.startswith("file:"):
        return _path_of_file(uri)
    if uri.startswith(BUCKET_SCHEME):
        return _path_in_bucket(uri)
    if not uri.startswith(SCHEME + "/"):
        return None
    rest = uri.removeprefix(SCHEME)
    if rest.startswith("//"):
        # MLflow: a host part means that server's store, which needn't be this one.
        host, _, rest = rest.removeprefix("//").partition("/")
        if host:
            return None
    return clean_path(unquote(rest).removeprefix("/"))


def uri_of(path: str) -> str:
    """Escapes only what a client would misread; it sends spaces and letters of any script as they are."""
    return f"{SCHEME}/{path.replace('%', '%25').replace('?', '%3F')}"


def own_uris(path: str) -> list[str]:
    """The URIs under which an experiment may have been told to keep its files at a store path."""
    root = str(settings.ARTIFACTS)
    in_bucket = [f"{root.rstrip('/')}/{path}"] if root.startswith(BUCKET_SCHEME) else []
    return [uri_of(path), *in_bucket]


def _path_in_bucket(uri: str) -> str | None:
    """What clients write into our bucket themselves; they take such an address as it stands, without escapes."""
    root = str(settings.ARTIFACTS).rstrip("/")
    if not root.startswith(BUCKET_SCHEME) or not f"{uri}/".startswith(f"{root}/"):
        return None
    return clean_path(uri[len(root) :].lstrip("/"))


def _path_of_file(uri: str) -> str | None:
    root = str(settings.ARTIFACTS).removeprefix("file://")
    location = unquote(uri.removeprefix("file:").removeprefix("//"))
    if location != root and not location.startswith(root.rstrip("/") + "/"):
        return None
    return clean_path(location[len(root.rstrip("/")) :].lstrip("/"))


def _fully_decoded(text: str) -> str:
    # Each round shortens the text, so this ends.
    while (decoded := unquote(text)) != text:
        text = decoded
    return text


def _settled(text: str) -> str:
    """Decoded, but for control characters, which stay escaped. MLflow: its client drops the ends of lines and tabs."""
    while (decoded := _CONTROL.sub(_escaped, unquote(text))) != text:
        text = decoded
    return text


def _escaped(control: re.Match[str]) -> str:
    return "" if control[0] in "\t\r\n" else f"%{ord(control[0]):02x}"


def _with_plus(image: re.Match[str]) -> str:
    step, timestamp, number, compressed = image.groups()
    return f"+step+{step}+timestamp+{timestamp}+{number}" + ("+compressed" if compressed else "")


def _segments(text: str) -> list[str]:
    return [segment for segment in text.split("/") if segment not in {"", "."}]


def _refuse_unsafe(form: str, given: str) -> None:
    segments = _segments(form)
    if _FORBIDDEN_DECODED.search(form):
        raise _invalid(given, "decoded, it holds a backslash or a #")
    if form.startswith("/") or _DRIVE.match("/".join(segments)):
        raise _invalid(given, "it must not be absolute")
    if ".." in segments:
        raise _invalid(given, "it must not hold a .. segment")
    if len(segments) > PATH_DEPTH:
        raise _invalid(given, f"it is more than {PATH_DEPTH} folders deep")
    for segment in segments:
        if segment.startswith(RESERVED_PREFIXES):
            raise _invalid(given, f"names that start with {segment[:15]!r} are reserved for unfinished uploads")
        if len(segment.encode()) > NAME_BYTES:
            raise _invalid(given, f"one of its names is longer than {NAME_BYTES} bytes")


def _invalid(given: str, reason: str) -> InvalidValue:
    shown = given if len(given) <= 200 else given[:200] + "…"
    return InvalidValue(f"Invalid path {shown!r}: {reason}.", field="path")
