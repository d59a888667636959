"""A fault inside the dashboard is told and noted, and ends nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmkit.errors import Ambiguous, CrmError, Invalid, trace

if TYPE_CHECKING:
    from textual.message import Message

_BASE: Any = object
if TYPE_CHECKING:
    from textual.message_pump import MessagePump

    _BASE = MessagePump


class Guarded(_BASE):  # type: ignore[misc]
    """A screen or a widget whose handlers may fail without taking the program with them."""

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            if not self._told(error):
                raise

    def spawn(self, work: Callable[[], Coroutine[Any, Any, None]], group: str) -> None:
        """Do something beside everything else; what was begun in the same group before is dropped."""
        start: Any = self.run_worker
        start(self._guarding(work), group=group, exclusive=True, exit_on_error=False)

    def spawn_more(self, work: Callable[[], Coroutine[Any, Any, None]], group: str = "more") -> None:
        """Do something beside everything else and beside what was begun before."""
        start: Any = self.run_worker
        start(self._guarding(work), group=group, exit_on_error=False)

    def _guarding(
        self, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> Callable[[], Coroutine[Any, Any, None]]:
        async def guarded() -> None:
            try:
                await work()
            except Exception as error:
                if not self._told(error):
                    raise

        return guarded

    def _told(self, error: Exception) -> bool:
        fault = getattr(self.app, "fault", None)
        if fault is not None:
            fault(error)
        return fault is not None


def told(error: Exception) -> str:
    """Return an error as people read it: what, each problem, and what to do."""
    if not isinstance(error, CrmError):
        return type(error).__name__
    lines = [str(error)]
    if isinstance(error, Invalid):
        lines += [f"{p.field or p.path}: {p.text}" for p in error.problems]
    if isinstance(error, Ambiguous):
        lines += [f"{ident}  {label}" for ident, label in error.candidates]
    if str(error.hint):
        lines.append(str(error.hint))
    return "\n".join(lines)


def note(path: Path, error: Exception) -> None:
    """Add to the log where it happened; never a message or a value: those may be customers' data."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = "\n".join([stamp, *trace(error)]) + "\n"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a", encoding="utf-8"
        ) as log:
            log.write(text)
    except OSError:
        return
