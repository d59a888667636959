"""What an import would do and has done, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crmkit.cli import _table
from crmkit.exchange.headers import Mapped
from crmkit.i18n import _, language, ngettext

if TYPE_CHECKING:
    from crmkit.actions.importing import Import, Outcome
    from crmkit.cli._context import Cli
    from crmkit.exchange.entries import Entry, Part

SHOWN = 5
"""Bad rows, doubts and sample rows that are shown; the file of bad rows and --json have all."""


def as_json(made: Import) -> dict[str, Any]:
    """Return what `--json` prints of an import, done or not."""
    batch, outcome = made.batch, made.outcome
    first = outcome.took[0] if outcome.took else None
    return {
        "id": first.id if first else "",
        "kind": batch.kind or (first.kind if first else ""),
        "path": first.path if first else "",
        "changed": [t.path for t in outcome.took],
        **outcome.counts(),
        "columns": [
            {"header": c.header, "field": c.target.typed if c.target else "", "near": list(c.near)}
            for part in batch.parts
            for c in part.columns
        ],
        "records": [t.to_json() for t in outcome.took],
        "doubts": [
            {"line": line, "id": ident, "name": name, "key": key} for line, ident, name, key in outcome.doubts
        ],
        "errors": [b.to_json() for b in outcome.bad],
    }


def preview(cli: Cli, made: Import) -> str:
    """Return the mapping, the first rows and what would happen."""
    batch = made.batch
    count = len(batch.entries)
    head = ngettext("{name}: {n} row", "{name}: {n} rows", count).format(name=batch.name, n=count)
    if batch.kind:
        head += f", {_(cli.session.catalog.kinds[batch.kind].label)} ({batch.kind})"
    lines = [head, ""]
    for n, part in enumerate(batch.parts):
        entries = [e for e in batch.entries if e.part == n]
        if len(batch.parts) > 1:
            lines.append(f"{part.name}: {len(entries)}")
        lines += [_columns(cli, part), _sample(cli, entries)]
    if not batch.parts:
        lines.append(_sample(cli, batch.entries))
    would = _("would be: {counts}").format(counts=told(made.outcome))
    return "\n".join([*lines, would, *beside(made.outcome)]) + "\n"


def _columns(cli: Cli, part: Part) -> str:
    heads = [_("Column"), _("Field"), _("Meaning")]
    rows = [[c.header or f"({c.at + 1})", *_field(c)] for c in part.columns]
    return _draw(cli, heads, rows)


def _field(column: Mapped) -> list[str]:
    target = column.target
    if target is None:
        near = ", ".join(column.near)
        return ["-", _("not taken; perhaps: {near}").format(near=near) if near else _("not taken")]
    if target.field is not None:
        return [target.typed, _(target.field.label)]
    return [target.typed, _("Customer") if target.name == "customer" else _("ID")]


def _sample(cli: Cli, entries: Sequence[Entry]) -> str:
    from crmkit.actions._known import plain
    from crmkit.cli._cells import leaves
    from crmkit.settings.words import LOCK

    rows: list[dict[str, str]] = []
    for entry in entries[:3]:
        secret = {f.name for f in cli.session.catalog.kinds[entry.kind].marked("secret")}
        shown = {n: LOCK if n in secret else t for n, t in leaves(plain(entry.fields))}
        rows.append(
            {
                **({"id": entry.ident} if entry.ident else {}),
                **({"customer": entry.customer} if entry.customer else {}),
                **shown,
            }
        )
    names = list(dict.fromkeys(n for row in rows for n in row))
    if not names:
        return ""
    heads = ["", *(str(e.line) for e in entries[:3])]
    return _draw(cli, heads, [[n, *(r.get(n, "") for r in rows)] for n in names])


def _draw(cli: Cli, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    from crmkit.values.safe import safe

    names = [str(i) for i in range(len(heads))]
    cells = [[safe(c) for c in row] for row in rows]
    width = min(cli.out.width, 120)
    return _table.draw(names, heads, cells, ["text"] * len(heads), width=width, colour=cli.out.colour)


def told(outcome: Outcome) -> str:
    """Return the counts in words: `3 added, 1 changed, 2 bad`."""
    counts = outcome.counts()
    words = {
        "added": _("{n} added"),
        "updated": _("{n} changed"),
        "unchanged": _("{n} as they were"),
        "skipped": _("{n} left out"),
        "bad": _("{n} bad"),
    }
    found = [words[k].format(n=n) for k, n in counts.items() if n]
    return ("，" if language() == "zh" else ", ").join(found) or _("nothing")


def beside(outcome: Outcome) -> list[str]:
    """Return the first bad rows with their reasons, and the customers that look like one added."""
    lines = []
    for bad in outcome.bad[:SHOWN]:
        lines += [_("row {n}: {why}").format(n=bad.where, why=bad.reasons)]
    if len(outcome.bad) > SHOWN:
        more = len(outcome.bad) - SHOWN
        lines.append(ngettext("... and {n} more bad row", "... and {n} more bad rows", more).format(n=more))
    for line, ident, name, key in outcome.doubts[:SHOWN]:
        keys = {
            "phone": _("phone"),
            "email": _("e-mail"),
            "name": _("name"),
            "sound": _("name in pinyin"),
            "tax_id": _("tax id"),
        }
        text = _("row {n}: looks like {id} {name} (same {key}); if it is the same: crm merge")
        lines.append(text.format(n=line, id=ident, name=name, key=keys.get(key, key)))
    if len(outcome.doubts) > SHOWN:
        more = len(outcome.doubts) - SHOWN
        lines.append(
            ngettext("... and {n} more: crm dupes", "... and {n} more: crm dupes", more).format(n=more)
        )
    return lines
