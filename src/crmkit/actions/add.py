"""`crm add`: a new record of any kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from crmkit.actions._write import Prepared
from crmkit.actions.log import first_line, stamped
from crmkit.errors import Invalid, Message, Problem, Refused, UsageError, msg
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.lookup import Hit
    from crmkit.records.catalog import FieldSpec, KindSpec

_EMPTY: tuple[Any, ...] = (None, "", [], {})


def add(
    session: Session, kind: str, customer: str | None, assignments: Sequence[str], text: str | None = None
) -> Prepared:
    """Add a record of `kind`, beside `customer` where the kind lies in a dossier.

    `assignments` are `field=value` words; `text` is a YAML mapping to begin with. Raises UsageError for unknown
    fields and values, Invalid where a required field is missing or the record would have errors.
    """
    spec = session.kind(kind)
    hit = owner_dossier(session, spec, customer)
    renewed: Hit | None = None
    if spec.name == "contract" and hit:
        from crmkit.actions import _renewal

        assignments, renewed = _renewal.split(session, hit, assignments)
    fields = new_record(session, spec, hit, assignments, text)
    if lacking := _lacking(spec, fields):
        raise _incomplete(session, lacking)
    folder = str(PurePosixPath(hit.path).parent) if hit else ""

    def compose(draft: Draft) -> None:
        name = str(fields.get(spec.first("title")) or "")
        whose = f" {hit.title}:" if hit else ""
        made = draft.create(
            spec.name,
            fields,
            folder,
            record_day(session, spec, fields),
            message=f"add {spec.name}{whose} {first_line(name)}",
        )
        if renewed:
            _renewal.renew(draft, renewed, made)

    return Prepared(session, compose)


def owner_dossier(session: Session, spec: KindSpec, customer: str | None) -> Hit | None:
    """Return the customer whose dossier takes the record, None for kinds that lie in no dossier."""
    if spec.place != "dossier":
        if customer:
            raise UsageError(
                N_("{word!r} is not a field=value"),
                hint=N_("fields are written field=value, tags+=value"),
                word=customer,
            )
        return None
    if not customer:
        raise UsageError(
            N_("whose {kind} is it?"),
            hint=N_("name the customer: crm add {kind} CUSTOMER field=value ..."),
            kind=spec.name,
        )
    return session.customer(customer)


def new_record(
    session: Session, spec: KindSpec, hit: Hit | None, assignments: Sequence[str], text: str | None = None
) -> dict[str, Any]:
    """Return the fields of a new record: what was typed, and what follows from who adds it and when."""
    from crmkit.records import entry

    fields: dict[str, Any] = {}
    if text is not None:
        from crmkit.yaml import read

        fields |= read.load(text.encode(), "-").data
    if spec.name == "plan":
        from crmkit.actions import _planned

        assignments, begun = _planned.begin(session, hit, assignments, bare=text is None)
        fields = begun | fields
    fields = entry.new_fields(spec, session.settings, assignments, session.now, start=fields)
    if "owner" in spec.by_name and not fields.get("owner"):
        fields["owner"] = (hit.owner if hit else "") or session.actor_name
    if spec.name == "plan":
        fields = _planned.finish(session, hit, fields)
    for spec_field in spec.marked("received"):
        fields.setdefault(spec_field.name, session.moment(""))
    fields = stamped(session, fields)
    if spec.place == "customer":
        fields |= {"updated_by": session.actor_name, "updated_at": session.stamp}
        if session.settings.review.required:
            fields.setdefault("review", {"state": "draft"})
    return fields


def record_day(session: Session, spec: KindSpec, fields: dict[str, Any]) -> date:
    """Return the day that a record's id carries: its own date where the kind has one, else today."""
    value = fields.get(spec.date_field) if spec.date_field and spec.place != "customer" else None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str) and len(value) >= 10:
        from crmkit.errors import CrmError
        from crmkit.values import when

        try:
            return when.iso_day(value[:10])
        except CrmError:
            return session.today
    return session.today


def missing(session: Session, kind: str, assignments: Sequence[str]) -> list[FieldSpec]:
    """Return the required fields that the assignments leave open, in the order they are asked for."""
    spec = session.kind(kind)
    return _lacking(spec, new_record(session, spec, None, assignments))


def _lacking(spec: KindSpec, fields: Mapping[str, Any]) -> list[FieldSpec]:
    return [f for f in spec.fields if f.required and "." not in f.name and fields.get(f.name) in _EMPTY]


def _incomplete(session: Session, lacking: Sequence[FieldSpec]) -> Invalid:
    """Return the error that says what each missing field takes and what can be typed for all."""
    from crmkit.records import entry

    problems = []
    for field in lacking:
        takes = entry.explain(field, session.settings)
        label = Message(field.label)
        what = msg(N_("{label}; {what}"), label=label, what=takes) if str(takes) else label
        problems.append(Problem("", 0, field.name, "required", "error", what))
    return Invalid(
        N_("nothing was written: {fields} must be given"),
        problems,
        hint=N_("add for example: {examples}"),
        fields=", ".join(f.name for f in lacking),
        examples=" ".join(entry.example(f, session.settings) for f in lacking),
    )


def named(session: Session, spec: KindSpec, word: str, assignments: Sequence[str]) -> list[str]:
    """Return the assignments of a new customer with a bare `word` as its name.

    Raises Refused where the word is the number of a customer: then `crm set` was meant.
    """
    from crmkit.records import entry

    title = spec.first("title")
    if session.index.has_id(word):
        raise Refused(
            N_("there is a record {id} already"), hint=N_("change it with: crm set {id} field=value"), id=word
        )
    if entry.new_fields(spec, session.settings, assignments, session.now).get(title):
        raise UsageError(
            N_("two names: {word!r} and {field}=..."), hint=N_("leave one out"), word=word, field=title
        )
    return [f"{title}={word}", *assignments]
