"""`crm export form`: an Excel form for people outside, whose answers `crm import` takes in (R-001-17)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crmkit.errors import UsageError
from crmkit.exchange import formats, headers
from crmkit.exchange.form import Form, Question
from crmkit.i18n import N_, _, in_language, language
from crmkit.records import entry

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.exchange.headers import Target
    from crmkit.records.catalog import KindSpec

_CUSTOMER = (
    "name", "type", "contacts.name", "contacts.job_title", "contacts.mobile", "contacts.email", "contacts.wechat",
    "phone", "industry", "address", "website", "employees", "needs.summary", "needs.budget", "needs.by", "source",
    "note",
)  # fmt: skip
"""What a form for new customers asks (合作意向申请表); required fields and the book's own come with it."""


def form(session: Session, kind: str, columns: Sequence[str] = ()) -> bytes:
    """Return the form for records of `kind`; `columns` are dotted names, else those that make sense to ask."""
    spec = session.kind(kind or "customer")
    targets = [headers.asked(spec, c) for c in columns] if columns else _usual(spec)
    questions = [
        _question(session, t, label) for t, label in zip(targets, _labels(spec, targets), strict=True)
    ]
    if not questions:
        raise UsageError(N_("the form asks nothing"), hint=N_("name fields: --columns name,phone"))
    title = _("Application form") if spec.name == "customer" else in_language(language(), spec.label)
    about = _(
        "One row each. Orange columns must be filled in; a note behind each heading says what to write."
    )
    data: bytes = formats.load("form").encode(Form(title, about, questions, _("values")))
    return data


def _usual(spec: KindSpec) -> list[Target]:
    required = [f.name for f in spec.fields if f.required and f.type != "mapping"]
    if spec.name == "customer":
        custom = [f.name for f in spec.fields if f.custom and "secret" not in f.marks]
        names = [*_CUSTOMER, *required, *custom]
    else:
        plain = [
            f.name
            for f in spec.fields
            if "." not in f.name
            and f.type not in {"mapping", "reference"}
            and not f.marks & {"stamp", "secret"}
        ]
        names = [*(["customer"] if spec.place == "dossier" else []), *plain]
    return [headers.asked(spec, n) for n in dict.fromkeys(names)]


def _labels(spec: KindSpec, targets: Sequence[Target]) -> list[str]:
    """Return headings that are read back as the very fields."""
    lang = language()
    heads = [
        in_language(lang, t.field.label) if t.field else in_language(lang, "Customer number") for t in targets
    ]
    for mapped, target in zip(headers.recognised(spec, heads), targets, strict=True):
        if mapped.target != target:
            heads[mapped.at] = target.typed
    return heads


def _question(session: Session, target: Target, label: str) -> Question:
    field = target.field
    if field is None:
        return Question(label, _("the customer's number or full name"), required=True)
    terms = session.settings.vocabularies.get(field.vocabulary, {}) if field.type == "vocabulary" else {}
    if field.type == "boolean":
        choices: tuple[str, ...] = (_("yes"), _("no"))
    else:
        choices = tuple(dict.fromkeys(t.label(language()) for t in terms.values()))
    note = _note(field.name) or str(entry.explain(field, session.settings)) if not choices else ""
    return Question(
        label,
        note,
        () if field.is_list else choices,
        field.required,
        "date" if field.type == "date" else "text",
    )


def _note(name: str) -> str:
    return {
        "name": _("the full name on the business licence"),
        "contacts.mobile": _("11 digits"),
        "needs.summary": _("what, how many, which specification: 20 desktop computers, i5/16G"),
        "needs.budget": _("an amount or a range: 50万, 50-80万"),
        "address": _("with province, city and street"),
    }.get(name, "")
