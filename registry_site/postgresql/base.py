"""The connection: tried before a request gets it, and a lost one takes the pool's other old ones with it."""

from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> "psycopg.Connection[Any]":
        """A connection that answers.

        The pool's own check discards lost connections one by one and sleeps longer after each, so that a request
        would wait for seconds, or in vain, when a restart of PostgreSQL has ended all of them.

        Raises:
            psycopg.OperationalError: No connection within the pool's timeout.
        """
        connection: psycopg.Connection[Any] = super().get_new_connection(conn_params)
        pool: ConnectionPool[Any] | None = self.pool
        if pool is None:
            return connection
        try:
            ConnectionPool.check_connection(connection)
        except psycopg.OperationalError:
            pool.putconn(connection)
            pool.drain()
            connection = super().get_new_connection(conn_params)
        return connection
