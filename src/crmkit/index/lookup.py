"""From what people call a record to the record: id or a unique part, names, pinyin, phones, addresses, numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmkit.errors import Ambiguous, NotFound, msg
from crmkit.frozen import dataclass
from crmkit.i18n import N_

if TYPE_CHECKING:
    from sqlite3 import Connection

_SHOWN = 20
_PHONE_DIGITS = 5
"""A part of a phone number must have so many digits to be taken for one."""


@dataclass(frozen=True, slots=True)
class Hit:
    """The one record that was meant. `customer` is its customer's number; `title` names it for people."""

    id: str
    kind: str
    path: str
    customer: str = ""
    title: str = ""
    owner: str = ""
    draft: bool = False

    @property
    def label(self) -> str:
        """What a list of candidates shows beside the id."""
        return f"{self.kind} {self.title}".strip()


_COMPLETED = (
    "SELECT r.id, r.title, r.kind, json_extract(r.doc, '$.short_name') FROM name n JOIN record r "
    "ON r.folder = n.folder AND r.path = n.path WHERE instr(n.keys, ?) ORDER BY r.id"
)
_COLUMNS = "id, kind, path, customer, title, owner, draft"


def hits(db: Connection, where: str, params: Sequence[Any], kinds: Sequence[str] | None) -> list[Hit]:
    """Return the records for which `where` holds, by path."""
    if kinds is not None:
        where = f"({where}) AND kind IN ({', '.join('?' * len(kinds))})"
        params = [*params, *kinds]
    found = db.execute(f"SELECT {_COLUMNS} FROM record WHERE {where} ORDER BY path", params)
    return [
        Hit(ident, kind, path, customer, title, owner, bool(draft))
        for ident, kind, path, customer, title, owner, draft in found
    ]


def resolve(db: Connection, text: str, kinds: Sequence[str] | None = None) -> Hit:
    """Return the one record that goes by `text`; an exact match beats a part, an id beats a name.

    Raises NotFound with the nearest name, Ambiguous with the candidates.
    """
    wanted = text.strip()
    if not wanted:
        raise NotFound(N_("an id or a name is missing"), hint=N_("crm find TEXT searches everything"))
    for found in _attempts(db, wanted, kinds):
        if len(found) == 1:
            return found[0]
        if found:
            raise Ambiguous(
                N_("{text!r} may be any of {n} records"),
                [(h.id, h.label) for h in found[:_SHOWN]],
                hint=N_("name one by its id"),
                text=text,
                n=len(found),
            )
    raise _not_found(db, text, kinds)


def _attempts(db: Connection, text: str, kinds: Sequence[str] | None) -> Iterator[list[Hit]]:
    """Yield what each way of reading `text` finds, the surest first."""
    from crmkit.values.names import norm

    yield hits(db, "id = ?", [text], kinds)
    wanted = norm(text)
    yield _named(db, f"\n{wanted}\n", kinds)
    digits = _digits(text)
    if digits:
        yield _named(db, f"\n{digits}\n", kinds)
    yield hits(db, "instr(id, ?)", [text.lower()], kinds)
    yield _named(db, wanted, kinds)
    if digits and len(digits) >= _PHONE_DIGITS:
        yield _named(db, digits, kinds)


def _named(db: Connection, key: str, kinds: Sequence[str] | None) -> list[Hit]:
    paths = [row[0] for row in db.execute("SELECT path FROM name WHERE instr(keys, ?)", [key])]
    out: list[Hit] = []
    for path in paths:
        out += hits(db, "folder = ? AND path = ?", [path.rpartition("/")[0], path], kinds)
    return sorted(out, key=lambda h: h.path)


def begun(db: Connection, word: str, kinds: Sequence[str] | None, limit: int) -> list[tuple[str, str]]:
    """Return `(value, description)` for completion: names that begin with `word`, else what it may mean.

    Each by what was typed of it, so that a shell need not replace it.
    """
    from crmkit.values.names import norm

    wanted = norm(word)
    names: list[tuple[str, str]] = []
    within: list[tuple[str, str]] = []
    for ident, title, kind, short in db.execute(_COMPLETED, [wanted]):
        if kinds and kind not in kinds:
            continue
        names += [(name, ident) for name in (title, short) if norm(name or "").startswith(wanted)]
        within.append((ident, title))
    return (names or within)[:limit]


def _digits(text: str) -> str:
    from crmkit.values.phone import key

    plain = sum(c.isdecimal() for c in text)
    return key(text) if plain >= _PHONE_DIGITS and plain * 2 >= len(text) else ""


def _of_another(db: Connection, text: str) -> NotFound | None:
    """Return who has what goes by exactly this id, name, phone or number, where it is hidden from whoever asks.

    Nothing of its contents: but two salespeople who court the same customer without a word are worse.
    """
    from crmkit.values.names import norm

    hidden = (
        "SELECT c.owner FROM main.record r JOIN main.record c ON c.folder = r.folder AND c.kind = 'customer' "
        "WHERE r.id = ? OR (r.folder, r.path) IN (SELECT folder, path FROM main.name WHERE instr(keys, ?)) LIMIT 1"
    )
    found = db.execute(hidden, [text.strip(), f"\n{_digits(text) or norm(text)}\n"]).fetchone()
    if found is None:
        return None
    return NotFound(
        N_("{text!r} is in the charge of {owner}"), hint=N_("ask there"), text=text, owner=found[0] or "?"
    )


def _not_found(db: Connection, text: str, kinds: Sequence[str] | None) -> NotFound:
    from crmkit.values.names import norm
    from crmkit.values.suggest import nearest

    if another := _of_another(db, text):
        return another
    lines = (row[0] for row in db.execute("SELECT keys FROM name"))
    near = nearest(norm(text), {key for keys in lines for key in keys.split("\n") if key})
    near = near or nearest(text.lower(), [row[0] for row in db.execute("SELECT id FROM record")])
    what = msg(N_("nothing goes by {text!r}"), text=text)
    if kinds and len(kinds) == 1:
        what = msg(N_("no {kind} goes by {text!r}"), kind=kinds[0], text=text)
    hint = (
        msg(N_("did you mean {near!r}?"), near=near) if near else msg(N_("crm find TEXT searches everything"))
    )
    return NotFound(what, hint=hint)


def namesakes(db: Connection, doc: Mapping[str, Any], path: str) -> list[str]:
    """Return `id title` of other customers that go by one of this one's names, numbers or telephones.

    Looked for among all: a customer whom a colleague has already is what is to be found. Its title is not told where
    it is hidden.
    """
    from crmkit.query.text import dotted, leaves
    from crmkit.values.names import norm

    fields = (
        "name",
        "short_name",
        "tax_id",
        "phone",
        "email",
        "contacts.phone",
        "contacts.mobile",
        "contacts.email",
    )
    texts = [t for f in fields for t in leaves(list(dotted(doc, f))) if isinstance(t, str) and t]
    keys = dict.fromkeys(k for t in texts for k in (norm(t), _digits(t)) if k)
    found: dict[str, str] = {}
    for key in keys:
        sql = "SELECT folder, path FROM main.name WHERE kind = 'customer' AND instr(keys, ?)"
        for folder, other in db.execute(sql, [f"\n{key}\n"]):
            if other != path:
                row = db.execute(
                    "SELECT id, title FROM record WHERE folder = ? AND path = ?", [folder, other]
                ).fetchone()
                found[other] = f"{row[0]} {row[1]}" if row else folder.rpartition("/")[2]
    return [found[other] for other in sorted(found)]
