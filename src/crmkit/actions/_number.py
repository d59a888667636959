"""Another number for a customer: the dossier's folder moves, and what named the old number names the new one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from crmkit.book import layout, naming

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.yaml.write import Edit

Steps = tuple[str | int, ...]


def renumber(draft: Draft, path: str, number: str) -> str:
    """Let the dossier whose customer stands at `path` go by `number`; return its customer's new path.

    The old number stays findable (`formerly`) and is never given again. References of campaigns and the rows that
    follow-ups answer are rewritten in the same change.
    """
    from crmkit.yaml.write import Edit

    folder = str(PurePosixPath(path).parent)
    old, new = PurePosixPath(folder).name, layout.customer_folder(number)
    draft.move(folder, new)
    known = _read(draft, path).get("formerly") or []
    added = Edit(("formerly", len(known)), old) if known else Edit(("formerly",), [old])
    draft.edit(path, [added])
    for other in layout.dossier_files(draft.session.book, folder):
        place = layout.place_of(other)
        if place and place.kind == "followup":
            draft.edit(other, list(answers(_read(draft, other), old, number)))
    for other, field, _, _ in draft.session.index.links(old):
        if not other.startswith(f"{folder}/"):
            steps = holding(_read(draft, other), field.split("."), old)
            draft.edit(other, [Edit(at, number) for at in steps])
    naming.retire(draft, old)
    return f"{new}/{layout.CUSTOMER_FILE}"


def answers(doc: Mapping[str, Any], old: str, new: str) -> Iterator[Edit]:
    """Yield the edit of the row that a follow-up answers: CUSTOMER/RULE/SOURCE/DUE."""
    from crmkit.yaml.write import Edit

    words = str(doc.get("answers") or "").split("/")
    if old in words:
        yield Edit(("answers",), "/".join(new if word == old else word for word in words))


def holding(value: Any, names: Sequence[str], wanted: str, at: Steps = ()) -> Iterator[Steps]:
    """Yield where `wanted` stands below the field of that dotted name."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from holding(item, names, wanted, (*at, number))
    elif not names:
        if value == wanted:
            yield at
    elif isinstance(value, Mapping):
        yield from holding(value.get(names[0]), names[1:], wanted, (*at, names[0]))


def _read(draft: Draft, path: str) -> dict[str, Any]:
    from crmkit.yaml import read

    return read.load(draft.text(path).encode(), path).data
