"""Records by name for completion: each by what was typed of it, so that a shell need not replace it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmkit.index import Index

_NAMED = (
    "SELECT r.id, r.title, r.kind, json_extract(r.doc, '$.short_name') FROM name n JOIN record r "
    "ON r.folder = n.folder AND r.path = n.path WHERE instr(n.keys, ?) ORDER BY r.id"
)


def named(index: Index, word: str, kinds: Sequence[str] | None, most: int) -> Iterator[tuple[str, str]]:
    """Yield `(value, description)`: names that begin with `word`, else ids of what it may mean."""
    from crmkit.values.names import norm

    wanted = norm(word)
    begun: list[tuple[str, str]] = []
    within: list[tuple[str, str]] = []
    for ident, title, kind, short in index.db.execute(_NAMED, [wanted]):
        if kinds and kind not in kinds:
            continue
        begun += [(name, ident) for name in (title, short) if norm(name or "").startswith(wanted)]
        within.append((ident, title))
    yield from (begun or within)[:most]
