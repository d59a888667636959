"""When a single value of a record was last set, and by whom: from the versions that a file had on one side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from crmkit.book import _merge_data as data
from crmkit.book.merge import Stamp, Steps


class Version(NamedTuple):
    """One commit that touched a file: who and when, and the blobs `(before, after)`, "" where there was none."""

    stamp: Stamp
    blobs: Sequence[tuple[str, str]]


def dated(versions: Callable[[], Sequence[Version]], doc: Callable[[str], Any]) -> Callable[[Steps], Stamp]:
    """Return what answers when the value at some steps was set; the steps () ask for the file's last change.

    `versions` gives them newest first and is asked once, at the first question; `doc` reads a blob ("": nothing).
    The last commit that set the value to what it is now counts, else the last one that changed it.
    """
    known: list[Sequence[Version]] = []

    def answer(steps: Steps) -> Stamp:
        if not known:
            known.append(versions())
        found = known[0]
        if not found:
            return Stamp()
        if not steps:
            return found[0].stamp
        final = data.pick(doc(next((new for _, new in found[0].blobs if new), "")), steps)
        last = None
        for version in found:
            for old, new in version.blobs:
                before, after = data.pick(doc(old), steps), data.pick(doc(new), steps)
                if before != after:
                    if after == final:
                        return version.stamp
                    last = last or version
        return (last or found[0]).stamp

    return answer
