"""`crm merge-file`: what git calls to merge one record when people merge by themselves."""

from __future__ import annotations

from pathlib import Path

from crmkit.book import attic
from crmkit.book.merge import ATTIC, Lost, merge, undated


def merge_file(base: Path, ours: Path, theirs: Path, name: str, top: Path) -> tuple[Lost, ...]:
    """Merge three files into `ours`, and put what gave way into the attic beside `name` (a path below `top`).

    Who changed what when is taken from the records' own stamps; `crm sync` asks git's history instead.
    """
    raws = [p.read_bytes() for p in (base, ours, theirs)]
    if name.rpartition("/")[2] == ATTIC:
        ours.write_bytes(attic.merged(raws[0] or None, raws[1], raws[2]) or b"[]\n")
        return ()
    merged = merge(name, raws[0] or None, undated(raws[1]), undated(raws[2]))
    if merged.lost:
        _keep(merged.lost, name, top)
    ours.write_bytes(merged.raw or b"")
    return merged.lost


def _keep(lost: tuple[Lost, ...], name: str, top: Path) -> None:
    for entry in lost:
        noted, beside = attic.entry_for(name, entry)
        path = top / attic.path_for(name)
        if beside:
            (top / beside[0]).write_bytes(beside[1])
        old = path.read_bytes() if path.is_file() else None
        if (new := attic.added(old, [noted])) is not None:
            path.write_bytes(new)
