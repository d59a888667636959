"""Sharing the long work of a build between processes: plain values come back in the order they were asked for."""

from __future__ import annotations

import gc
import marshal
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_CHUNK = 20
_MOST_WORKERS = 8
_PIPE_BYTES = 1 << 20
_F_SETPIPE_SZ = 1031
_COLLECT_EVERY = 1000


def possible() -> bool:
    """Whether there is more than one core, and a system that can fork."""
    return _cores() > 1 and hasattr(os, "fork")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def many_objects() -> Iterator[Callable[[], None]]:
    """Make many small objects without the collector, which would cost a fifth of the time; call it for each piece."""
    collecting, made = gc.isenabled(), 0

    def count() -> None:
        nonlocal made
        made += 1
        if made % _COLLECT_EVERY == 0:
            gc.collect()

    gc.disable()
    try:
        yield count
    finally:
        if collecting:
            gc.enable()


def chunks(items: Sequence[T]) -> list[Sequence[T]]:
    """Return the items in pieces."""
    return [items[i : i + _CHUNK] for i in range(0, len(items), _CHUNK)]


def shared(work: Callable[[Sequence[T]], R], items: Sequence[T]) -> Iterator[tuple[Sequence[T], R]]:
    """Yield `(chunk, work(chunk))` for all `items`, worked on by forked processes, in their order.

    What `work` returns must be plain values (marshal); a process that died leaves its part to this one.
    """
    parts = chunks(items)
    workers = max(1, min(_cores(), _MOST_WORKERS, len(parts)))
    started: list[tuple[int, Any]] = []
    try:
        for i in range(workers):
            started.append(_start(work, parts[i::workers], [reader for _, reader in started]))
        for i, chunk in enumerate(parts):
            answer = _frame(started[i % workers][1])
            # None: the process died (out of memory, killed), so its work is done here
            yield chunk, work(chunk) if answer is None else marshal.loads(answer)  # noqa: S302 - our own child
    finally:
        for pid, reader in started:
            reader.close()
            os.waitpid(pid, 0)


def _start(
    work: Callable[[Sequence[T]], R], chunks: Sequence[Sequence[T]], others: Sequence[Any]
) -> tuple[int, Any]:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reader)
            for other in others:  # else an earlier process would never learn that nobody reads any more
                other.close()
            _widen(writer)
            with open(writer, "wb") as out:  # noqa: PTH123 - a file descriptor
                for chunk in chunks:
                    answer = marshal.dumps(work(chunk))  # type: ignore[arg-type]  # plain values, as `shared` asks
                    out.write(len(answer).to_bytes(8, "big") + answer)
                    out.flush()
            code = 0
        except BrokenPipeError:
            pass
        finally:
            os._exit(code)
    os.close(writer)
    return pid, open(reader, "rb")  # noqa: PTH123 - a file descriptor, closed by the caller


def _widen(pipe: int) -> None:
    try:
        import fcntl

        fcntl.fcntl(pipe, _F_SETPIPE_SZ, _PIPE_BYTES)
    except (ImportError, OSError):
        pass


def _frame(reader: Any) -> bytes | None:
    head = reader.read(8)
    if len(head) < 8:
        return None
    size = int.from_bytes(head, "big")
    body: bytes = reader.read(size)
    return body if len(body) == size else None
