"""What somebody may see of the index: views that hide the tables of the same name from every question.

A temporary view goes before the table of its name, so rows, searches, lookups, due rows, problems and completion all
answer from what the person may see, and no question can forget to ask. `main.` still names the whole table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmkit.book.paths import CHORES, CUSTOMERS
from crmkit.values.names import norm

if TYPE_CHECKING:
    from sqlite3 import Connection

    from crmkit.records.catalog import Catalog
    from crmkit.rules.rights import Rights
    from crmkit.settings.model import Settings

TABLES = ("record", "search", "name", "agenda", "people", "link", "problem")


def restrict(db: Connection, rights: Rights, settings: Settings, catalog: Catalog) -> None:
    """Let the connection answer only about what `rights` let somebody see."""
    for name, sql in views(rights, settings, catalog).items():
        db.execute(f"DROP VIEW IF EXISTS temp.{name}")
        db.execute(f"CREATE TEMP VIEW {name} AS SELECT v.* FROM main.{name} v WHERE {sql}")


def release(db: Connection) -> None:
    """Let the connection answer about everything again."""
    for name in TABLES:
        db.execute(f"DROP VIEW IF EXISTS temp.{name}")


def views(rights: Rights, settings: Settings, catalog: Catalog) -> dict[str, str]:
    """Return for each table the condition (over `v`) that its visible rows meet."""
    me = spellings(rights)
    whole, record = _whole(rights, settings, catalog, me), _record(rights, settings, catalog, me)
    seen = f"(v.folder IN ({whole}) OR EXISTS(SELECT 1 FROM main.record m WHERE {{same}} AND {record}))"
    by_path = seen.format(same="m.folder = v.folder AND m.path = v.path")
    outside = f"v.folder <> '{CUSTOMERS}' AND substr(v.folder, 1, {len(CUSTOMERS) + 1}) <> '{CUSTOMERS}/'"
    told = " OR ".join(f"instr(v.people, {_text(f'{chr(10)}{norm(name)}{chr(10)}')})" for name in me)
    owned = f"v.owner IN ({_list(me)})"
    return {
        "record": f"(v.folder IN ({whole}) OR {record.replace('m.', 'v.')})",
        "search": seen.format(same="m.rowid = v.rowid"),
        "name": by_path,
        "people": by_path,
        "link": by_path,
        # a duty names nobody's data; a row is shown to whomever it concerns
        "agenda": f"(v.folder = '{CHORES}' OR {owned} OR {told} OR {by_path})",
        # whose a file is that cannot be read nobody can tell: everybody is told its name
        "problem": f"(v.unreadable = 1 OR ({outside}) OR {by_path})",
    }


def spellings(rights: Rights) -> tuple[str, ...]:
    """Return what records may call the person."""
    member = rights.member
    return tuple(t for t in (member.name, member.email) if t) if member else ()


def _whole(rights: Rights, settings: Settings, catalog: Catalog, me: Sequence[str]) -> str:
    """Return the question for the folders that are seen as a whole: his own, shared ones, nobody's, and by query."""
    names = _list(["", *(norm(name) for name in me)])
    found = [f"SELECT folder FROM main.people WHERE whole = 1 AND who IN ({names})"]
    found += [
        f"SELECT r.folder FROM main.record r WHERE r.kind = 'customer' AND {sql}"
        for sql in _queries(rights, "customer", settings, catalog, me)
    ]
    return " UNION ALL ".join(found)


def _record(rights: Rights, settings: Settings, catalog: Catalog, me: Sequence[str]) -> str:
    """Return the condition (over `m`) for single records: what stands beside the customers, and one's own.

    Whoever has a record of a customer sees the customer itself with it, for he has to reach somebody there.
    """
    mine = f"main.people WHERE who IN ({_list([norm(name) for name in me])})"
    parts = [
        "m.customer = ''",
        f"m.path IN (SELECT path FROM {mine})",
        f"(m.kind = 'customer' AND m.folder IN (SELECT folder FROM {mine}))",
    ]
    for kind in catalog.kinds:
        found = _queries(rights, kind, settings, catalog, me) if kind != "customer" else []
        inner = f"SELECT r.path FROM main.record r WHERE r.kind = '{kind}'"
        parts += (f"(m.kind = '{kind}' AND m.path IN ({inner} AND {sql}))" for sql in found)
    return f"({' OR '.join(parts)})"


def _queries(rights: Rights, kind: str, settings: Settings, catalog: Catalog, me: Sequence[str]) -> list[str]:
    """Return the conditions that the role's queries make over records of a kind; what is one's own needs none."""
    from crmkit.rules.rights import OWN

    others = [query for query in rights.see if query != OWN]
    if not others:
        return []
    from crmkit.index.select import Literal
    from crmkit.rules.rights import bound

    nodes = [bound(query, kind, catalog, settings, tuple(me)) for query in others]
    return [Literal(node, kind, "main.").sql for node in nodes if node is not None]


def _list(texts: Sequence[str]) -> str:
    return ", ".join(map(_text, texts))


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
