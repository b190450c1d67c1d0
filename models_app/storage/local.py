"""Artifacts as plain files below one folder, laid out as MLflow lays them out on disk."""

import contextlib
import errno
import io
import logging
import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from models_app.errors import Conflict, DoesNotExist, InvalidValue, RegistryError
from models_app.storage.incoming import Incoming
from models_app.storage.interface import ArtifactInfo, IsFolder, Outgoing, Overwritten, StoreFull, StoreUnavailable
from models_app.storage.paths import UPLOAD_PREFIX, clean_path, is_clean

logger = logging.getLogger("laurel.storage")

_PARENT_ATTEMPTS = 20


class LocalStore:
    direct = None  # its files are only reached through the server

    def __init__(self, root: str | Path) -> None:
        self.root = os.path.realpath(Path(root).expanduser())

    def stat(self, path: str) -> ArtifactInfo | None:
        path = clean_path(path)
        location = self._location(path)
        if location is None:
            return None
        try:
            status = os.stat(location)
        except (FileNotFoundError, NotADirectoryError):
            # The root is there before the first upload makes its folder.
            return None if path else ArtifactInfo("", is_dir=True, size=None, modified_at=0)
        return _info(path, status)

    def is_file(self, path: str) -> bool:
        info = self.stat(path)
        return info is not None and not info.is_dir

    def list(self, path: str) -> list[ArtifactInfo]:
        path = clean_path(path)
        location = self._location(path)
        if location is None:
            return []
        try:
            with os.scandir(location) as entries:
                children = [self._child(path, entry) for entry in entries]
        except (FileNotFoundError, NotADirectoryError):
            return []
        return sorted((child for child in children if child), key=lambda child: child.name)

    def walk(self, path: str) -> Iterator[ArtifactInfo]:
        start = self.stat(path)
        pending = [start] if start else []
        while pending:
            info = pending.pop()
            if not info.is_dir:
                yield info
                continue
            children = self.list(info.path)
            # A link to a folder is listed but not followed: it may lead round in a circle.
            pending.extend(child for child in reversed(children) if not (child.is_dir and self._is_link(child.path)))

    def open(self, path: str, start: int = 0, length: int | None = None, validator: str = "") -> BinaryIO:
        path = clean_path(path)
        location = self._location(path)
        if location is None:
            raise _missing(path)
        try:
            # Non-blocking, because opening a pipe somebody left in the store would wait for ever.
            descriptor = os.open(location, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        except (FileNotFoundError, NotADirectoryError):
            raise _missing(path) from None
        except OSError as error:
            raise _refusal(error, path) from error
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise IsFolder(path) if stat.S_ISDIR(status.st_mode) else _missing(path)
        if validator and validator != _validator(status):
            os.close(descriptor)
            raise Overwritten(f"{path!r} was overwritten meanwhile.", field="path")
        stream = os.fdopen(descriptor, "rb")
        stream.seek(start)
        return stream if length is None else cast(BinaryIO, _Slice(stream, length))

    def put(self, path: str, stream: BinaryIO, expected_size: int | None = None) -> ArtifactInfo:
        path = clean_path(path)
        target = self._location(path)
        if not path or target is None:
            raise InvalidValue(f"{path!r} can't be written: it is not a file in the artifact store.", field="path")
        if os.path.isdir(target):
            raise _is_folder(path)
        try:
            descriptor, unfinished = self._create_beside(target)
        except OSError as error:
            raise _refusal(error, path) from error
        try:
            with os.fdopen(descriptor, "wb", buffering=0) as file:
                _copy(Incoming(stream, expected_size), file)
                os.fsync(descriptor)
                status = os.fstat(descriptor)
            os.replace(unfinished, target)
            _sync_folder(os.path.dirname(target))
        except OSError as error:
            raise _refusal(error, path) from error
        finally:
            # Success leaves none; and its folder may be gone, or a file by now.
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(unfinished)
        modified_at = status.st_mtime_ns // 1_000_000
        return ArtifactInfo(path, False, status.st_size, modified_at, _validator(status))

    def delete(self, path: str) -> bool:
        path = clean_path(path)
        if not path:
            raise InvalidValue("The whole artifact store can't be deleted.", field="path")
        parent = self._location(path.rpartition("/")[0])
        if parent is None:
            return False
        location = os.path.join(parent, path.rpartition("/")[2])
        try:
            if os.path.isdir(location) and not os.path.islink(location):
                _remove_tree(location)
            else:
                os.unlink(location)
            is_deleted = True
        except (FileNotFoundError, NotADirectoryError):
            is_deleted = False
        except OSError as error:
            raise _refusal(error, path) from error
        self._prune(parent)
        return is_deleted

    def remove_leftovers(self, before: int) -> int:
        removed = 0
        for folder, folders, files in os.walk(self.root):
            names = [name for name in [*folders, *files] if name.startswith(UPLOAD_PREFIX)]
            folders[:] = [name for name in folders if name not in names]
            for location in (os.path.join(folder, name) for name in names):
                with contextlib.suppress(FileNotFoundError):
                    if os.lstat(location).st_mtime_ns // 1_000_000 < before:
                        shutil.rmtree(location) if os.path.isdir(location) else os.unlink(location)
                        removed += 1
        return removed

    def check(self) -> None:
        try:
            os.makedirs(self.root, mode=0o700, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.root):
                pass
        except OSError as error:
            raise StoreUnavailable(f"it can't be written: {error.strerror}") from error

    def _location(self, path: str) -> str | None:
        """The place on disk with links followed; None when a link leads out of the store."""
        location = os.path.realpath(os.path.join(self.root, path))
        if location == self.root or location.startswith(self.root.rstrip(os.sep) + os.sep):
            return location
        logger.warning("%r is a link that leads out of the artifact store; it is treated as missing.", path)
        return None

    def _child(self, folder: str, entry: "os.DirEntry[str]") -> ArtifactInfo | None:
        path = f"{folder}/{entry.name}" if folder else entry.name
        if not is_clean(path):
            return None
        try:
            return self.stat(path) if entry.is_symlink() else _info(path, entry.stat(follow_symlinks=False))
        except FileNotFoundError:
            return None  # deleted since the folder was read

    def _is_link(self, path: str) -> bool:
        return os.path.islink(os.path.join(self.root, path))

    def _create_beside(self, target: str) -> tuple[int, str]:
        """A new file in the target's folder. A deletion may prune that folder between its making and its use."""
        folder = os.path.dirname(target)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        for attempt in range(_PARENT_ATTEMPTS):
            unfinished = os.path.join(folder, UPLOAD_PREFIX + secrets.token_hex(8))
            try:
                _make_folders(folder)
                return os.open(unfinished, flags, 0o666), unfinished
            except FileNotFoundError:
                if attempt == _PARENT_ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _prune(self, folder: str) -> None:
        while len(folder) > len(self.root):
            try:
                os.rmdir(folder)
            except FileNotFoundError:
                pass
            except OSError:
                return  # not empty, which is the usual end
            folder = os.path.dirname(folder)


class _Slice(Outgoing):
    """At most `length` bytes of a stream from where it stands."""

    def __init__(self, stream: BinaryIO, length: int) -> None:
        self._stream = stream
        self._left = length

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(block)
        return block

    def close(self) -> None:
        self._stream.close()
        super().close()


def _copy(source: Incoming, target: io.RawIOBase) -> None:
    while block := source.read():
        view = memoryview(block)
        while view:
            view = view[target.write(view) or 0 :]


def _make_folders(folder: str) -> None:
    """Like os.makedirs, but a power cut after the upload can't lose the folders it made."""
    missing = []
    while not os.path.isdir(folder):
        missing.append(folder)
        folder = os.path.dirname(folder)
    for made in reversed(missing):
        with contextlib.suppress(FileExistsError):
            os.mkdir(made)
        _sync_folder(os.path.dirname(made))


def _sync_folder(folder: str) -> None:
    if os.name == "nt":
        return  # Windows can't open a folder to flush it
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except FileNotFoundError:
        return  # deleted by somebody else meanwhile
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_tree(location: str) -> None:
    # Renamed first, so that readers never meet half a folder and a crash leaves only what remove_leftovers clears.
    doomed = os.path.join(os.path.dirname(location), UPLOAD_PREFIX + secrets.token_hex(8))
    os.rename(location, doomed)
    shutil.rmtree(doomed)


def _info(path: str, status: os.stat_result) -> ArtifactInfo | None:
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        return None
    modified_at = status.st_mtime_ns // 1_000_000
    if stat.S_ISDIR(status.st_mode):
        return ArtifactInfo(path, True, None, modified_at)
    return ArtifactInfo(path, False, status.st_size, modified_at, _validator(status))


def _validator(status: os.stat_result) -> str:
    return f"{status.st_size:x}-{status.st_mtime_ns:x}"


def _missing(path: str) -> DoesNotExist:
    return DoesNotExist(f"There is no artifact {path!r}.", field="path")


def _is_folder(path: str) -> IsFolder:
    return IsFolder(path, "; a file can't take its place")


def _refusal(error: OSError, path: str) -> RegistryError:
    """The operating system's refusal in words that name what to do."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        logger.error("The artifact store is full: %s", error)
        return StoreFull("The server's artifact store has no room left; nothing was stored.")
    if error.errno in {errno.ENOTDIR, errno.EEXIST}:
        return InvalidValue(f"{path!r} can't be stored: a part of its path is a file.", field="path")
    if error.errno == errno.EISDIR:
        return _is_folder(path)
    if error.errno == errno.ENAMETOOLONG:
        return InvalidValue(f"{path!r} is too long for the server's disk.", field="path")
    if error.errno == errno.ENOENT:
        return Conflict(f"The folder of {path!r} was deleted meanwhile; nothing was stored.")
    logger.error("The artifact store failed at %r: %s", path, error)
    return RegistryError(f"The server can't use its artifact store: {error.strerror or type(error).__name__}.")
