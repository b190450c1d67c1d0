"""The connection: tried before a request gets it, and a lost one takes the pool's other old ones with it."""

import time
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool, PoolTimeout

PATIENCE = 5.0  # seconds; a restart of PostgreSQL takes less


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> "psycopg.Connection[Any]":
        """A connection that answers.

        The pool's own check discards lost connections one by one and sleeps longer after each, so that a request
        would wait for seconds, or in vain, when a restart of PostgreSQL has ended all of them.

        Raises:
            psycopg.OperationalError: No connection within `PATIENCE`.
        """
        pool: ConnectionPool[Any] | None = self.pool
        if pool is None:
            return super().get_new_connection(conn_params)
        connection = self._wait_for_connection(conn_params)
        try:
            ConnectionPool.check_connection(connection)
        except psycopg.OperationalError:
            pool.putconn(connection)
            pool.drain()
            connection = self._wait_for_connection(conn_params)
        return connection

    def _wait_for_connection(self, conn_params: dict[str, Any]) -> "psycopg.Connection[Any]":
        """Asks often: the pool connects when somebody asks, and waits longer after each failure."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return super().get_new_connection(conn_params)
            except PoolTimeout:
                if time.monotonic() >= deadline:
                    raise
