"""`crm export KIND|book`: records as files for other programs, and back without loss (R-001-39, R-003-48)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crmkit.errors import UsageError
from crmkit.exchange import flat, formats
from crmkit.exchange.masks import masked
from crmkit.i18n import N_, language

if TYPE_CHECKING:
    from pathlib import Path

    from crmkit.actions.session import Session
    from crmkit.exchange.columnar import Table
    from crmkit.exchange.table import Sheet
    from crmkit.records.catalog import KindSpec

FORMS = ("csv", "tsv", "xlsx", "json", "jsonl", "vcf")
"""What records of one kind can be written as."""
BOOK_FORMS = ("xlsx", "json", "jsonl")
"""What a whole book can be written as."""
BOOK = "book"


def export(
    session: Session,
    what: str,
    query: str = "",
    form: str = "csv",
    columns: Sequence[str] = (),
    *,
    reveal: bool = False,
    mark: bool = False,
) -> tuple[bytes, int]:
    """Return a file and how many records it holds.

    `what` is a kind or BOOK; `columns` are dotted names for a table; contact details are masked unless `reveal`; `mark`
    puts a byte order mark before CSV. Raises UsageError for what does not go together.
    """
    if what == BOOK:
        if query:
            raise UsageError(
                N_("the whole book takes no query"), hint=N_("export one kind: crm export customer QUERY")
            )
        specs = list(session.catalog.kinds.values())
        if form not in BOOK_FORMS:
            raise UsageError(
                N_("the whole book cannot be written as {form}"),
                hint=N_("one of: {forms}"),
                form=form,
                forms=", ".join(BOOK_FORMS),
            )
    else:
        specs = [session.kind(what)]
    found = [(spec, _docs(session, spec, query, reveal=reveal)) for spec in specs]
    count = sum(len(docs) for _, docs in found)
    if form == "vcf":
        if what == BOOK or specs[0].place != "customer":
            raise UsageError(
                N_("cards are made of customers alone"), hint=N_("crm export customer -o customers.vcf")
            )
        return formats.load(form).encode(found[0][1]), count
    if form in {"json", "jsonl"}:
        return formats.load(form).encode([_without_path(d) for _, docs in found for d in docs]), count
    sheets = [_sheet(session, spec, docs, columns) for spec, docs in found if docs or what != BOOK]
    return formats.load(f"{form} marked" if mark and form in {"csv", "tsv"} else form).encode(sheets), count


def model(session: Session, form: str, path: Path, *, reveal: bool = False) -> dict[str, int]:
    """Write the whole read model as `form` "parquet" (a folder) or "duckdb" (a file); return the rows of each table.

    Contact details are masked unless `reveal`. Raises Refused without the library.
    """
    from crmkit.exchange import columnar

    specs = session.catalog.kinds.values()
    docs = {spec.name: _docs(session, spec, "", reveal=reveal) for spec in specs}
    found = [*columnar.tables(session.catalog, docs, session.settings.currency), _agenda(session)]
    return columnar.to_duckdb(path, found) if form == "duckdb" else columnar.to_parquet(path, found)


def _agenda(session: Session) -> Table:
    """Return what is due, overdue included, as a table."""
    from crmkit.exchange.columnar import Table

    columns = [
        ("id", "VARCHAR"),
        ("month", "VARCHAR"),
        ("customer", "VARCHAR"),
        ("due", "DATE"),
        ("rule", "VARCHAR"),
    ]
    columns += [("owner", "VARCHAR"), ("source", "VARCHAR"), ("customer_name", "VARCHAR")]
    rows: list[list[Any]] = []
    for row in session.index.due(None, session.index.horizon, today=session.today):
        day = row.due_text[:10]
        customer = row.customer if row.customer_name else None
        beside = [row.rule, row.owner or None, row.source or None, row.customer_name or None]
        rows.append([row.id, day[:7], customer, day, *beside])
    return Table("agenda", columns, rows)


def _docs(session: Session, spec: KindSpec, query: str, *, reveal: bool) -> list[dict[str, Any]]:
    index = session.index
    node = index.bind(query, spec.name, session.today, session.actor_name) if query else None
    out = []
    for row in index.rows(spec.name, node):
        doc = dict(row.doc) if reveal else masked(spec, row.doc)
        out.append(
            {
                "id": row.id,
                "kind": row.kind,
                "path": row.path,
                "customer": row.customer,
                "customer_name": row.customer_name,
                **doc,
            }
        )
    return out


def _without_path(doc: dict[str, Any]) -> dict[str, Any]:
    """Return what a JSON line holds: `kind`, `id`, for what lies in a dossier whose it is, and the fields."""
    plain = {k: v for k, v in doc.items() if k not in {"path", "customer_name"}}
    if plain["customer"] in {"", plain["id"]}:
        del plain["customer"]
    return plain


def _sheet(session: Session, spec: KindSpec, docs: Sequence[dict[str, Any]], columns: Sequence[str]) -> Sheet:
    from crmkit.actions.listing import column

    for name in columns:
        column(spec, name)
    return flat.sheet(spec, docs, session.settings, language(), columns)
