"""What a sender brings: read in blocks, counted, and held against the size it announced."""

from typing import BinaryIO

from models_app.errors import InvalidValue
from models_app.storage.interface import BLOCK_SIZE


class Incoming:
    """`size` counts what was read. The end of the stream is only seen by whoever reads on until nothing comes."""

    def __init__(self, source: BinaryIO, expected_size: int | None) -> None:
        self._source = source
        self._expected = expected_size
        self.size = 0

    def read(self, limit: int = BLOCK_SIZE) -> bytes:
        """Some bytes, as a network brings them; none at the end, once the announced size is reached."""
        try:
            block = self._source.read(limit)
        except OSError as error:  # the sender's fault, not the store's
            raise InvalidValue(f"The upload broke off after {self.size} bytes; nothing was stored.") from error
        self.size += len(block)
        if self._expected is not None and (self.size > self._expected or (not block and self.size < self._expected)):
            received = "more" if self.size > self._expected else f"only {self.size}"
            raise InvalidValue(
                f"The upload announced {self._expected} bytes and brought {received}; nothing was stored."
            )
        return block

    def fill(self, size: int) -> bytearray:
        """Exactly `size` bytes, or less at the end: a short read is no end of the stream."""
        filled = bytearray()
        while len(filled) < size and (block := self.read(min(BLOCK_SIZE, size - len(filled)))):
            filled += block
        return filled
