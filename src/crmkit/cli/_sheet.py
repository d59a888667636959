"""A page for people in the making: its width, its colours, how it words a record's fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from crmkit.cli import _agenda
from crmkit.cli._cells import moment
from crmkit.cli._render import style
from crmkit.i18n import N_, _, ngettext
from crmkit.values.safe import cut, pad, safe, width

if TYPE_CHECKING:
    from crmkit.cli._context import Cli
    from crmkit.records.catalog import FieldSpec

Doc = Mapping[str, Any]
DOT = " · "
_COMPUTED = {("customer", "phase"): N_("Phase"), ("opportunity", "phase"): N_("Opportunity status")}
_PHASES = {
    "acquisition": N_("Acquisition"),
    "follow_up": N_("Follow-up phase"),
    "conversion": N_("Conversion"),
    "maintenance": N_("Maintenance"),
    "recovery": N_("Recovery"),
    "new": N_("New opportunity"),
    "following": N_("Following up"),
    "won": N_("Opportunity won"),
    "lost": N_("Opportunity lost"),
}
"""What the rules compute has no field and no vocabulary of its own (R-002-01, R-003-51)."""


class Sheet:
    """Width, colours and wording of the page at hand."""

    def __init__(self, cli: Cli, kind: str) -> None:
        """`kind` is what the page is about."""
        self.cli = cli
        self.kind = kind
        self.room = cli.out.page_width
        self.colour = cli.out.colour
        self.today = cli.session.today

    def say(self, doc: Doc, name: str, kind: str = "") -> str:
        """Return a field's value in the reader's words, "" where it is not set."""
        value: Any = doc
        for step in name.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        return self.word(name, value, kind)

    def word(self, name: str, value: Any, kind: str = "") -> str:
        """Return a value of the field `name` in the reader's words."""
        if (kind or self.kind, name) in _COMPUTED:
            return _(_PHASES.get(value, "")) or safe(str(value or ""))
        spec = self._fields(kind).get(name)
        kind_of, vocabulary = (spec.type, spec.vocabulary) if spec else ("text", "")
        return safe(self.cli.out.words.cell(value, kind_of, vocabulary))

    def label(self, name: str) -> str:
        """Return a field's label; that of a key below a mapping whose keys are free is the key, if it has none."""
        fields = self._fields()
        if spec := fields.get(name):
            return _(spec.label)
        head, _dot, key = name.rpartition(".")
        known = dict(fields[head].keys) if head in fields else {}
        return _(_COMPUTED.get((self.kind, name), "") or known.get(key, "")) or safe(key)

    def type(self, name: str) -> str:
        """Return the type of a field, "" for what is none."""
        spec = self._fields().get(name)
        return spec.type if spec else ""

    def is_free(self, name: str) -> bool:
        """Whether the field is a mapping whose keys are free."""
        return self.type(name) == "mapping" and not any(n.startswith(f"{name}.") for n in self._fields())

    def _fields(self, kind: str = "") -> Mapping[str, FieldSpec]:
        return self.cli.session.catalog.kinds[kind or self.kind].by_name

    def title(self, text: str, count: int = 0) -> str:
        """Return a section's heading."""
        return style(text, "bold", on=self.colour) + (f" ({count})" if count else "")

    def dim(self, text: str) -> str:
        """Return what matters less."""
        return style(text, "dim", on=self.colour)

    def ident(self, text: str) -> str:
        """Return an id."""
        return style(safe(text), "cyan", on=self.colour)

    def body(self, text: str, indent: int = 2, most: int = 0) -> list[str]:
        """Return running text, wrapped and indented; at most `most` lines."""
        lines = _agenda.wrap(safe(text.replace("\n", " ")), self.room - indent)
        if most and len(lines) > most:
            lines = [*lines[: most - 1], cut(lines[most - 1] + " " + lines[most], self.room - indent)]
        return [" " * indent + line for line in lines]

    def flow(self, facts: Iterable[str], indent: int = 0) -> list[str]:
        """Return facts with dots between them; a line ends between two of them."""
        lines: list[str] = []
        for fact in facts:
            if not fact:
                continue
            if lines and width(lines[-1]) + width(DOT + fact) + indent <= self.room:
                lines[-1] += DOT + fact
            else:
                lines += _agenda.wrap(fact, self.room - indent)
        return [" " * indent + line for line in lines]

    def item(self, text: str) -> list[str]:
        """Return an entry of a list, its further lines hanging."""
        first, *more = self.body(text, 4)
        return [f"  - {first.strip()}", *more]

    def pairs(self, pairs: Iterable[tuple[str, str]], indent: int = 2) -> list[str]:
        """Return `label  value` lines, values aligned and wrapped."""
        rows = [(label, value) for label, value in pairs if value]
        column = max((width(label) for label, _value in rows), default=0)
        lines = []
        for label, value in rows:
            first, *more = _agenda.wrap(value, self.room - indent - column - 2)
            lines.append(" " * indent + self.dim(pad(label, column)) + "  " + first)
            lines += [" " * (indent + column + 2) + line for line in more]
        return lines

    def ago(self, day: str) -> str:
        """Return `2024-06-11 (4 days ago)`."""
        try:
            days = (self.today - date.fromisoformat(day[:10])).days
        except ValueError:
            return moment(day)
        if days == 0:
            far = _("today")
        elif days < 0:
            far = _("in {n} days").format(n=-days)
        else:
            far = ngettext("{n} day ago", "{n} days ago", days).format(n=days)
        return f"{moment(day)} ({far})"
