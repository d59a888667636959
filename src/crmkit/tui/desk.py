"""The book kept open: one thread reads, another writes and looks for news, and nobody waits for them.

Each thread has a session of its own, since an index file is read by the thread that opened it. The reading one never
looks at the files: it answers from the index as it stands, also while the other looks at 800,000 of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from crmkit.actions.session import Session

T = TypeVar("T")
Opener = Callable[[bool], "Session"]
"""Opens a session; True asks for the index as the last command left it."""


IN_A_HURRY = True


class Lane:
    """One thread with its session, which is opened when it is first asked something."""

    def __init__(self, name: str, opener: Callable[[], Session]) -> None:
        """`name` is what the thread is called."""
        self._threads = ThreadPoolExecutor(1, thread_name_prefix=f"crm-{name}")
        self._opener = opener
        self._session: Session | None = None

    async def run(self, ask: Callable[[Session], T]) -> T:
        """Return what `ask` returns; it runs in the lane's thread, one after the other."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, ask)

    def _ask(self, ask: Callable[[Session], T]) -> T:
        if self._session is None:
            self._session = self._opener()
        self._session.tick()
        return ask(self._session)

    def close(self) -> None:
        """Let the thread end once it has finished what it does."""
        self._threads.submit(self._let_go)
        self._threads.shutdown(wait=False)

    def _let_go(self) -> None:
        if self._session is not None:
            self._session.index.close()


class Desk:
    """What screens ask: `read` answers from the index, `write` makes changes, `refresh` looks at the files."""

    def __init__(self, opener: Opener) -> None:
        """Open nothing yet."""
        self._reader = Lane("read", lambda: opener(IN_A_HURRY))
        self._writer = Lane("write", lambda: opener(not IN_A_HURRY))

    async def read(self, ask: Callable[[Session], T]) -> T:
        """Return what `ask` finds in the index as it stands."""
        return await self._reader.run(ask)

    async def write(self, do: Callable[[Session], T]) -> T:
        """Return what `do` does; the reading session knows of it afterwards."""
        try:
            return await self._writer.run(do)
        finally:
            await self._again()

    async def refresh(self) -> bool:
        """Bring the index up to date with the files; return whether anything is new in it."""
        if not await self._writer.run(lambda session: session.refresh()):
            return False
        await self._again()
        return True

    async def _again(self) -> None:
        await self._reader.run(lambda session: session.again())

    def close(self) -> None:
        """Let both threads end."""
        self._reader.close()
        self._writer.close()
