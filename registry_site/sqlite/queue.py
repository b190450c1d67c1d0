"""The line in which the threads of one process wait for SQLite's only write lock."""

from collections import defaultdict, deque
from threading import Lock


class WriteQueue:
    """A lock handed on in order of arrival.

    SQLite lets waiting writers sleep and try again, so an unlucky one starves for seconds while later ones pass it.
    SQLite still arbitrates between processes.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._is_taken = False
        self._waiting: deque[Lock] = deque()

    def enter(self, timeout: float) -> bool:
        """Wait for one's turn; False when it did not come within `timeout` seconds."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return True
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        came = False
        try:
            came = turn.acquire(timeout=timeout)
        finally:
            if not came:
                came = not self._step_out(turn)
        return came

    def leave(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False

    def _step_out(self, turn: Lock) -> bool:
        """Stop waiting; False when the turn came at the very moment, then it is ours to give back."""
        with self._guard:
            if turn not in self._waiting:
                return False
            self._waiting.remove(turn)
            return True


_queues: defaultdict[str, WriteQueue] = defaultdict(WriteQueue)
_queues_guard = Lock()


def queue_for(database: str) -> WriteQueue:
    with _queues_guard:
        return _queues[database]
