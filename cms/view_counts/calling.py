"""A thread's own connection to Redis for the one question that every view asks: quick, and never in doubt for good.

A question that counts carries the name of its **caller** (one connection, from its opening to its end) and a number.
In the same script that counts, Redis notes the number under ``views:caller:<caller>``. Should the connection break
before the answer is there, that note tells later whether the views were counted: see
:func:`cms.view_counts.views.settle`.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from typing import Any

from redis import ConnectionPool, RedisError
from redis.commands.core import Script
from redis.exceptions import NoScriptError, ResponseError

#: How long Redis remembers a silent caller, in seconds. One that comes back later introduces itself anew.
CALLER_SECONDS = 30 * 86400

#: After how long a connection is looked at before it is used, in seconds: Redis may have been restarted meanwhile.
IDLE_SECONDS = 0.5


class Unanswered(RedisError):
    """The connection broke after a question that counts was sent: Redis alone knows whether it counted."""

    def __init__(self, caller: str, call: int) -> None:
        super().__init__(f"no answer to call {call} of {caller}")
        self.caller, self.call = caller, call


class Caller:
    """One connection, for one thread. Outside the pool, which costs more for each command than the command itself."""

    def __init__(self, pool: ConnectionPool) -> None:
        # Not by the pool's own method: it counts what it has made, and never less when a thread ends with its caller.
        self._connection: Any = pool.connection_class(**pool.connection_kwargs)
        self._name = ""
        self._call = 0
        self._used = 0.0

    def ask(self, script: Script, keys: Sequence[str], arguments: Sequence[Any], *, counts: bool) -> Any:
        """Run a script with the keys, the caller's key, the arguments, and the number of the call (0: count nothing).

        Raises:
            Unanswered: it is unknown whether the views were counted.
            RedisError: nothing was counted.
        """
        while True:
            self._introduce()
            call = self._next_call() if counts else 0
            command = (len(keys) + 1, *keys, caller_key(self._name), *arguments, call)
            try:
                answer = self._question("EVALSHA", script.sha, *command)
            except NoScriptError:
                answer = self._question("EVAL", script.script, *command)
            if answer[0] != b"stranger":
                return answer
            self._name = ""

    def connect_anew(self) -> None:
        """Greet Redis again, as one who was connected before and may have missed something.

        Raises:
            RedisError: it is not there.
        """
        self._connection.disconnect()
        self._connection.was_connected = True
        self._connection.connect()
        self._name = ""

    def _question(self, *command: Any) -> Any:
        """The answer to a command whose last word is the number of the call."""
        self._send(*command)  # what is not sent to its end is nothing to Redis
        try:
            return self._connection.read_response()
        except ResponseError:
            raise  # Redis has refused: it has counted nothing
        except RedisError as error:
            if call := command[-1]:
                raise Unanswered(self._name, call) from error
            raise

    def _introduce(self) -> None:
        """Make sure that there is a connection, and that Redis knows its name."""
        if self._connection.is_connected and time.monotonic() - self._used > IDLE_SECONDS and self._is_closed():
            self._connection.disconnect()
        if not self._connection.is_connected:
            self._connection.connect()
            self._name = ""
        if not self._name:
            name = secrets.token_hex(16)
            self._send("SET", caller_key(name), 0, "EX", CALLER_SECONDS)
            self._connection.read_response()
            self._name = name

    def _is_closed(self) -> bool:
        """Whether the other side has closed an idle connection: no answer is due, so there is nothing else to read."""
        try:
            return bool(self._connection.can_read(timeout=0))
        except RedisError:
            return True

    def _next_call(self) -> int:
        self._call += 1
        return self._call

    def _send(self, *command: Any) -> None:
        self._connection.send_command(*command)
        self._used = time.monotonic()


def caller_key(name: str) -> str:
    """Where Redis keeps the number of a caller's last call that it has counted."""
    return f"views:caller:{name}"
