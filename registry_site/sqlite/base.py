"""The connection: a transaction takes its place in the write queue before it begins, and gives it up when it ends."""

from django.db.backends.sqlite3 import base
from django.db.utils import OperationalError

from registry_site.sqlite.queue import WriteQueue, queue_for


class DatabaseWrapper(base.DatabaseWrapper):
    _queue: WriteQueue | None = None

    def _start_transaction_under_autocommit(self) -> None:
        self._enter_queue()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # not in the stubs
        except BaseException:
            self._leave_queue()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()  # type: ignore[misc]  # not in the stubs
        finally:
            # A commit that failed may have left the transaction open; the rollback that follows gives up the place.
            if self.connection is None or not self.connection.in_transaction:
                self._leave_queue()

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]  # not in the stubs
        finally:
            self._leave_queue()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]  # not in the stubs
        finally:
            self._leave_queue()

    def _enter_queue(self) -> None:
        if self._queue is not None or self.is_in_memory_db():
            return
        queue = queue_for(str(self.settings_dict["NAME"]))
        timeout = float(self.settings_dict["OPTIONS"].get("timeout", 5))
        if not queue.enter(timeout):
            raise OperationalError(f"database is locked: other writers took more than {timeout:g} seconds")
        self._queue = queue

    def _leave_queue(self) -> None:
        if self._queue is None:
            return
        queue, self._queue = self._queue, None
        queue.leave()
