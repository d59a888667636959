"""Notices that files of the book change underneath: by the system's word for it, else by looking now and then."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread

_OURS = (f"{os.sep}.git{os.sep}", f"{os.sep}.crm{os.sep}")
POLL = 2.0
"""Seconds between two looks where the system tells nothing."""


class Watcher:
    """One thread that calls `tell` when something may have changed."""

    def __init__(
        self, root: Path, tell: Callable[[], None], pause: Callable[[], float] = lambda: POLL
    ) -> None:
        """`pause` says how long to wait between two looks where the system tells nothing."""
        self._root = root
        self._tell = tell
        self._pause = pause
        self._stop = Event()
        self._thread = Thread(target=self._run, name="crm-watch", daemon=True)
        self.polls = False

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End, without waiting for it."""
        self._stop.set()

    def _run(self) -> None:
        try:
            self._listen()
        except Exception:  # noqa: BLE001 - no watches left, a network disk: then by looking
            self.polls = True
        while not self._stop.wait(self._pause()):
            self._tell()

    def _listen(self) -> None:
        from watchfiles import watch

        changes = watch(
            self._root,
            watch_filter=lambda _change, path: not any(part in path for part in _OURS),
            debounce=200,
            step=50,
            rust_timeout=500,
            stop_event=self._stop,
            raise_interrupt=False,
        )
        for _ in changes:
            self._tell()
