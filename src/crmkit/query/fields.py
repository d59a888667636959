"""Names in queries -> where their values stand (`Access`), for one kind of record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from crmkit.frozen import dataclass
from crmkit.i18n import N_
from crmkit.query.nodes import Access
from crmkit.records.catalog import Catalog, FieldSpec, KindSpec

SHORT_NAMES = {
    "tag": "tags",
    "need": "needs",
    "budget": "needs.budget.max",
    "close": "opportunity.close_date",
}
IDENTITY = ("id", "kind", "path", "customer")
PHASE = FieldSpec("phase", "text", N_("Phase"))
COMPUTED: Mapping[str, Mapping[str, FieldSpec]] = {
    "customer": {
        field.name: field
        for field in (
            PHASE,
            FieldSpec("since", "date", N_("Customer since")),
            FieldSpec("years", "integer", N_("Years of cooperation")),
            FieldSpec("last_contact", "date", N_("Last contact")),
            FieldSpec("order_count", "integer", N_("Orders so far")),
            FieldSpec("orders_12m", "integer", N_("Orders in 12 months")),
            FieldSpec("spent", "money", N_("Spent so far")),
            FieldSpec("spent_12m", "money", N_("Spent in 12 months")),
        )
    },
    "opportunity": {"phase": PHASE},
}
"""Values that are reckoned and stand in no file: the phase of a customer (R-002-01) or an opportunity (R-003-51), and
what levels of customers go by: length of cooperation, spending, number of orders (R-002-39, R-003-69)."""
BY_TODAY = frozenset({"years", "orders_12m", "spent_12m"})
"""Those of them that depend on today; all others stand in the index."""

DUE = "due"
"""The pseudo kind of agenda rows: their own fields, then the customer's."""

DUE_SPEC = KindSpec(
    name=DUE,
    label="Due",
    place="dossier",
    fields=(
        FieldSpec("rule", "text", N_("Rule")),
        FieldSpec("source", "text", N_("Record behind it")),
        FieldSpec("due", "when", "Due"),
        FieldSpec("owner", "text", "Owner", marks=frozenset({"owner"})),
        FieldSpec("channels[]", "text", "Channels"),
        FieldSpec("contact", "text", N_("Contact")),
        FieldSpec("important", "boolean", "Important"),
    ),
)


@dataclass(frozen=True, slots=True)
class Found:
    """A field that a name means. `spec` is None for identity, computed values and whole records of a kind."""

    access: Access
    spec: FieldSpec | None = None
    owner_kind: str = ""


class Fields:
    """The fields that queries over one kind may name."""

    def __init__(self, catalog: Catalog, kind: str) -> None:
        self.catalog = catalog
        self.kind = kind
        self.spec = DUE_SPEC if kind == DUE else catalog.kinds[kind]
        self.in_dossier = self.spec.place == "dossier"

    def find(self, name: str) -> Found | None:
        """Return the field that `name` means: own fields first, then short names, other kinds, the customer's."""
        return self._find(name) or self._by_label(name)

    def _find(self, name: str) -> Found | None:
        own = self._own(name, self.spec, "")
        if own:
            return own
        if _long(name) != name:
            return self._find(_long(name))
        head, _, rest = name.partition(".")
        if head in self.catalog.kinds and self._reaches(head):
            source = "" if head == self.kind else head
            if not rest:
                return Found(Access(source, (), "mapping"), owner_kind=head)
            kind = self.catalog.kinds[head]
            return self._own(rest, kind, source) or self._own(_long(rest), kind, source)
        if self.in_dossier and "customer" in self.catalog.kinds:
            return self._own(name, self.catalog.kinds["customer"], "customer")
        return None

    def _reaches(self, kind: str) -> bool:
        other = self.catalog.kinds[kind]
        return kind == self.kind or (
            (self.in_dossier or self.kind == "customer") and (other.place == "dossier" or kind == "customer")
        )

    def _own(self, name: str, spec: KindSpec, source: str) -> Found | None:
        if name in spec.by_name:
            field = spec.by_name[name]
            return Found(Access(source, field.steps, field.type), field, spec.name)
        if name in IDENTITY and not (name == "customer" and spec.place not in ("dossier", "customer")):
            return Found(Access(source, ((name, False),), "identity"), owner_kind=spec.name)
        if computed := COMPUTED.get(spec.name, {}).get(name):
            access = Access(source, ((name, False),), computed.type, computed=True)
            return Found(access, owner_kind=spec.name)
        return self._below(name, spec, source)

    @staticmethod
    def _below(name: str, spec: KindSpec, source: str) -> Found | None:
        """Return a key below a mapping whose keys are free (`sections.quotation`, `scores.response`)."""
        head, _, rest = name.rpartition(".")
        field = spec.by_name.get(head)
        if not field or field.type != "mapping" or any(n.startswith(f"{head}.") for n in spec.by_name):
            return None
        return Found(Access(source, (*field.steps, (rest, False)), "any"), owner_kind=spec.name)

    def _by_label(self, name: str) -> Found | None:
        from crmkit.records.place import named

        specs = [("", self.spec)]
        if self.in_dossier and "customer" in self.catalog.kinds:
            specs.append(("customer", self.catalog.kinds["customer"]))
        for source, spec in specs:
            field = named(spec, name)
            if field:
                return self._own(field, spec, source)
        return self._of_kind(name)

    def _of_kind(self, name: str) -> Found | None:
        """Return the field of another kind that its label names: `销售机会.预计金额`."""
        from crmkit.records.place import named

        head, _, rest = name.partition(".")
        for kind, spec in self.catalog.kinds.items():
            if not self._reaches(kind) or (head != kind and head.casefold() not in _of_text(spec.label)):
                continue
            source = "" if kind == self.kind else kind
            field = named(spec, rest) if rest else None
            if field:
                return self._own(field, spec, source)
            return None if rest else Found(Access(source, (), "mapping"), owner_kind=kind)
        return None

    def names(self) -> Sequence[str]:
        """Return every name that `find` knows, for suggestions and completion."""
        return list(dict.fromkeys(self._names()))

    def _names(self) -> Iterator[str]:
        yield from self.spec.by_name
        yield from IDENTITY
        yield from COMPUTED.get(self.kind, ())
        if self.in_dossier or self.kind == "customer":
            yield from SHORT_NAMES
            yield "region"
            for name, spec in self.catalog.kinds.items():
                if self._reaches(name) and name != self.kind:
                    yield name
                    yield from (f"{name}.{field}" for field in spec.by_name)
            yield from self.catalog.kinds["customer"].by_name if "customer" in self.catalog.kinds else ()


def _long(name: str) -> str:
    head, _, rest = name.partition(".")
    long = SHORT_NAMES.get(head, head)
    return f"{long}.{rest}" if rest else long


def _of_text(label: str) -> tuple[str, ...]:
    """Return a label in every language, casefolded."""
    from crmkit.i18n import LANGUAGES, in_language

    return tuple(in_language(lang, label).casefold() for lang in LANGUAGES)
