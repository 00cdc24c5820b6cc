"""A thread's own connection to Redis for counting. Requests are numbered, so that no count stays in doubt forever.

A request that counts carries a **client id** (a new one for each connection) and a **sequence number**. In the same
script that counts, Redis stores the number under ``views:caller:<client id>``. If the connection breaks before the
answer arrives, that number tells later whether the views were counted: see :func:`cms.view_counts.buffer.resolve`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import Any

from redis import ConnectionPool, RedisError
from redis.commands.core import Script
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ResponseError

#: For how many seconds Redis remembers a silent client. If it comes back later, it registers under a new id.
CLIENT_TTL = 30 * 86400

#: After how many idle seconds a connection is checked before use: Redis may have been restarted meanwhile.
IDLE_SECONDS = 0.5


class InDoubt(RedisError):
    """The connection broke after a counting request was sent: only Redis knows whether it counted."""

    def __init__(self, client_id: str, sequence: int) -> None:
        super().__init__(f"no answer to request {sequence} of client {client_id}")
        self.client_id, self.sequence = client_id, sequence


class NotSent(RedisError):
    """The connection was closed, so Redis has received no command, or only a part, which it ignores."""


class CountingClient:
    """One connection for one thread. Taking it from the pool would cost more than the command itself."""

    def __init__(self, pool: ConnectionPool) -> None:
        # Not by the pool's own method: it counts the connections it made, also those of threads that have ended.
        self._connection: Any = pool.connection_class(**pool.connection_kwargs)
        self._id = ""
        self._sequence = 0
        self._used = 0.0

    def run(self, script: Script, keys: Sequence[str], arguments: Sequence[Any], *, counts: bool) -> Any:
        """Run a script with the keys, the client's key, the arguments, and the sequence number (0 counts nothing).

        Raises:
            InDoubt: it is unknown whether the views were counted.
            RedisError: nothing was counted.
        """
        try:
            return self._run(script, keys, arguments, counts=counts)
        except NotSent:  # Redis was restarted since the last request
            return self._run(script, keys, arguments, counts=counts)

    def _run(self, script: Script, keys: Sequence[str], arguments: Sequence[Any], *, counts: bool) -> Any:
        while True:
            self._register()
            sequence = self._next_sequence() if counts else 0
            command = (len(keys) + 1, *keys, client_key(self._id), *arguments, sequence)
            try:
                answer = self._request("EVALSHA", script.sha, *command)
            except NoScriptError:
                answer = self._request("EVAL", script.script, *command)
            if answer[0] != b"unknown client":
                return answer
            self._id = ""

    def reconnect(self) -> None:
        """Connect again, as a client that was connected before and may have missed something.

        Raises:
            RedisError: Redis does not answer.
        """
        self._connection.disconnect()
        self._connection.was_connected = True
        self._connection.connect()
        self._id = ""

    def _request(self, *command: Any) -> Any:
        """The answer to a command whose last argument is the sequence number."""
        self._send(*command)
        try:
            return self._connection.read_response()
        except ResponseError:
            raise  # Redis refused the command, and counted nothing
        except RedisError as error:
            if sequence := command[-1]:
                raise InDoubt(self._id, sequence) from error
            raise

    def _register(self) -> None:
        """Ensure that there is a connection, and that Redis knows this client's id."""
        if self._connection.is_connected and time.monotonic() - self._used > IDLE_SECONDS and self._is_closed():
            self._connection.disconnect()
        if not self._connection.is_connected:
            self._connection.connect()
            self._id = ""
        if not self._id:
            client_id = secrets.token_hex(16)
            self._send("SET", client_key(client_id), 0, "EX", CLIENT_TTL)
            self._connection.read_response()
            self._id = client_id

    def _is_closed(self) -> bool:
        """Whether Redis has closed the idle connection: no answer is due, so only the end can be readable."""
        try:
            return bool(self._connection.can_read(timeout=0))
        except RedisError:
            return True

    def _next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def _send(self, *command: Any) -> None:
        try:
            self._connection.send_command(*command)
        except RedisConnectionError as error:
            raise NotSent(str(error)) from error
        self._used = time.monotonic()


def client_key(client_id: str) -> str:
    """The Redis key of the last sequence number that was counted for a client."""
    return f"views:caller:{client_id}"
