"""Reading here and there in a large file: small pieces out of a few fetched blocks, and long ones passed over."""

from models_app.previews.files import File


class TooFar(Exception):
    """What was wanted lies in more pieces than one preview fetches."""


class OutOfFile(ValueError):
    """The file ends before what it announces."""


class Hole(bytes):
    """Stands for bytes that were passed over: it has their number, and none of them."""

    _size: int

    @classmethod
    def of(cls, size: int) -> "Hole":
        made = cls()
        made._size = size
        return made

    def __len__(self) -> int:
        return self._size


class Window:
    """A file to read from and to pass over, in at most `requests` blocks."""

    LONG = 64 * 1024  # what is longer than this is not worth reading

    def __init__(self, file: File, *, block: int = 256 * 1024, requests: int = 32, limit: int | None = None) -> None:
        self._file = file
        self._block = block
        self._left = requests
        self._start = 0
        self._data = file.head
        self.size = file.size if limit is None else min(limit, file.size)
        self.at = 0

    def take(self, length: int) -> bytes:
        """Exactly so many bytes."""
        if length > self.LONG or self.at + length > self.size:
            raise OutOfFile("it announces more than there is")
        offset = self.at - self._start
        if offset < 0 or offset + length > len(self._data):
            self._fetch()
            offset = 0
            if length > len(self._data):
                raise OutOfFile("it ends early")
        self.at += length
        return self._data[offset : offset + length]

    def skip(self, length: int) -> None:
        if length < 0 or self.at + length > self.size:
            raise OutOfFile("it announces more than there is")
        self.at += length

    # What pickletools asks of a file.

    def tell(self) -> int:
        return self.at

    def read(self, length: int) -> bytes:
        if length > self.LONG and self.at + length <= self.size:
            self.at += length
            return Hole.of(length)
        return self.take(max(0, min(length, self.size - self.at))) if length <= self.LONG else b""

    def readline(self) -> bytes:
        line = b""
        while self.at < self.size and len(line) < self.LONG:
            piece = self.take(min(256, self.size - self.at))
            end = piece.find(b"\n") + 1
            if end:
                self.at -= len(piece) - end
                return line + piece[:end]
            line += piece
        return line

    def _fetch(self) -> None:
        if not self._left:
            raise TooFar
        self._left -= 1
        self._start = self.at
        self._data = self._file.read(self.at, self._block)
