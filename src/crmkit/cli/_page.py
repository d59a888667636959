"""`crm show` for people: a customer's page as one reads it before a call, any other record field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmkit.cli import _agenda
from crmkit.cli._cells import moment, plain
from crmkit.cli._render import style
from crmkit.cli._sheet import DOT, Sheet
from crmkit.i18n import N_, _, ngettext
from crmkit.values.safe import cut, pad, safe, width

if TYPE_CHECKING:
    from crmkit.actions.show import Brief, Page, Said
    from crmkit.cli._context import Cli

Doc = Mapping[str, Any]
_TIMELINE = 20
"""Newest events on the page; `crm list` and `--json` have the rest."""
_HEAD = ("stage", "status", "importance", "customer_type", "industry")
_FILE = (
    "phone",
    "email",
    "website",
    "tax_id",
    "id_number",
    "bank_account",
    "address",
    "employees",
    "annual_revenue",
    "source",
    "competitors",
    "preferences",
    "note",
)


def draw(cli: Cli, page: Page) -> str:
    """Return the page as text."""
    sheet = Sheet(cli, page.hit.kind)
    lines = list(_customer(sheet, page) if page.brief is not None else _record(sheet, page))
    return "".join(f"{line.rstrip()}\n" for line in lines)


# -- a customer


def _customer(sheet: Sheet, page: Page) -> Iterator[str]:
    doc, brief = page.doc, page.brief
    assert brief is not None  # noqa: S101 - narrows the type; customers always have one
    yield from _head(sheet, doc, brief)
    sections = (
        _due(sheet, page),
        _last(sheet, brief),
        _said(sheet, N_("Promised"), [p for p in brief.promises if p.open]),
        _said(sheet, N_("Objections"), brief.objections),
        _said(sheet, N_("Competitors, as told"), brief.competitor_news),
        _complaints(sheet, brief.complaints),
        _people(sheet, doc),
        _needs(sheet, doc),
        _worth(sheet, brief),
        _file(sheet, doc),
        _planned(sheet, brief, page),
        _timeline(sheet, page),
        _files(sheet, page),
    )
    for section in sections:
        lines = list(section)
        if lines:
            yield ""
            yield from lines


def _files(sheet: Sheet, page: Page) -> Iterator[str]:
    """Yield what is filed with the customer (R-000-15)."""
    from crmkit.values import size

    if page.files:
        yield sheet.title(_("Files"))
        for one in page.files:
            yield f"  {safe(one.name)}  {size.show(one.bytes)}"


def _head(sheet: Sheet, doc: Doc, brief: Brief) -> Iterator[str]:
    number = safe(str(doc.get("id", "")))
    short = safe(str(doc.get("short_name") or ""))
    name = safe(str(doc.get("name") or "?")) + (f" ({short})" if short else "")
    name = cut(name, sheet.room - width(number) - 2)
    gap = " " * (sheet.room - width(name) - width(number))
    yield style(name, "bold", on=sheet.colour) + gap + sheet.ident(number)
    tier = safe(sheet.cli.out.words.tier(doc.get("tier")))
    facts = [*(sheet.say(doc, n) for n in _HEAD[:2]), tier, *(sheet.say(doc, n) for n in _HEAD[2:])]
    facts.append(_place(doc))
    if brief.since:
        facts.append(_("customer since {date}").format(date=brief.since))
    yield from sheet.flow(facts)
    who = ((_("owner"), "owner"), (_("with"), "collaborators"), (_("tags"), "tags"))
    yield from sheet.pairs(((label, sheet.say(doc, name)) for label, name in who), 0)
    churn = doc.get("churn")
    if isinstance(churn, Mapping):
        words = [sheet.word(f"churn.{n}", churn.get(n)) for n in ("risk", "cause", "reason")]
        yield style(
            _("risk of losing them: {why}").format(why=DOT.join(w for w in words if w)),
            "yellow",
            on=sheet.colour,
        )
    if (doc.get("type") == "person" or doc.get("id_number")) and not doc.get("consent"):
        yield style(_("consent to keep personal data: not recorded"), "yellow", on=sheet.colour)


def _place(doc: Doc) -> str:
    address = doc.get("address")
    if not isinstance(address, Mapping):
        return ""
    steps = dict.fromkeys(str(address[k]) for k in ("province", "city", "district") if address.get(k))
    return safe("".join(steps) if all(not s.isascii() for s in steps) else ", ".join(reversed(steps)))


def _due(sheet: Sheet, page: Page) -> Iterator[str]:
    if page.due:
        yield sheet.title(_("What is due, and why"))
        yield from (
            f"  {line}" if line else "" for line in _agenda.lines(sheet.cli, page.due, customer=False)
        )


def _last(sheet: Sheet, brief: Brief) -> Iterator[str]:
    doc = brief.last_contact
    if doc is None:
        yield sheet.title(_("No contact yet"))
        return
    how = [sheet.say(doc, "channels", "followup"), safe(plain(doc.get("by")))]
    whom = safe(plain(doc.get("contact")))
    words = DOT.join(w for w in how if w) + (f" → {whom}" if whom else "")
    yield sheet.title(_("Last contact")) + f"  {sheet.ago(str(doc.get('at', '')))}  {words}"
    yield from sheet.body(str(doc.get("content") or doc.get("subject") or ""), most=4)
    told = (
        (_("said"), "feedback"),
        (_("asked"), "questions"),
        (_("needs changed"), "need_changes"),
        (_("result"), "result"),
    )
    yield from sheet.pairs(
        [
            *((label, sheet.say(doc, n, "followup")) for label, n in told),
            (_("next"), sheet.say(doc, "next_step", "followup")),
        ]
    )


def _said(sheet: Sheet, title: str, said: Sequence[Said]) -> Iterator[str]:
    if said:
        yield sheet.title(_(title))
    for one in said:
        yield from sheet.item(f"{one.text}  ({one.on})")


def _complaints(sheet: Sheet, complaints: Sequence[Doc]) -> Iterator[str]:
    if complaints:
        yield style(_("Open feedback"), "bold", "red", on=sheet.colour)
    for doc in complaints:
        facts = (
            moment(str(doc.get("received_at", ""))),
            *(sheet.say(doc, n, "feedback") for n in ("type", "status", "priority")),
        )
        yield f"  {DOT.join(f for f in facts if f)}  {sheet.ident(str(doc['id']))}"
        yield from sheet.body(str(doc.get("content") or ""), 4, most=2)


def _people(sheet: Sheet, doc: Doc) -> Iterator[str]:
    people = [c for c in doc.get("contacts") or () if isinstance(c, Mapping)]
    if not people:
        return
    yield sheet.title(_("Contacts"))
    people.sort(key=lambda c: not c.get("primary"))
    names = [safe(str(c.get("name") or "?")) + (" *" if c.get("primary") else "") for c in people]
    column = min(max(width(n) for n in names), 20)
    for name, person in zip(names, people, strict=True):
        role = DOT.join(
            t
            for t in (sheet.word(f"contacts.{n}", person.get(n)) for n in ("job_title", "department", "role"))
            if t
        )
        yield f"  {style(pad(name, column), 'bold', on=sheet.colour)}  {role}"
        reach = [safe(str(person[n])) for n in ("mobile", "phone", "email", "wechat") if person.get(n)]
        if reach:
            yield from sheet.body("  ".join(reach), column + 4)
        likes = [
            (_("prefers {what}"), sheet.word("contacts.preferred_channel", person.get("preferred_channel"))),
            (_("cares about {what}"), sheet.word("contacts.concerns", person.get("concerns"))),
            (_("birthday {what}"), _birthday(person)),
        ]
        more = [text.format(what=what) for text, what in likes if what]
        if more:
            yield from sheet.body("  ".join(more), column + 4)
        if person.get("do_not_call"):
            yield " " * (column + 4) + style(_("do not call"), "bold", "red", on=sheet.colour)


def _birthday(person: Doc) -> str:
    day = safe(str(person.get("birthday") or "").removeprefix("--"))
    lunar = _("lunar")
    return f"{day} ({lunar})" if day and person.get("lunar") else day


def _needs(sheet: Sheet, doc: Doc) -> Iterator[str]:
    needs = [n for n in doc.get("needs") or () if isinstance(n, Mapping)]
    if needs:
        yield sheet.title(_("Needs"))
    for need in needs:
        yield from sheet.item(str(need.get("summary") or "?"))
        facts = [sheet.word(f"needs.{n}", need.get(n)) for n in ("kind", "priority")]
        facts += [
            _budget(sheet, need.get("budget")),
            _("by {date}").format(date=need["by"]) if need.get("by") else "",
        ]
        if any(facts):
            yield from sheet.flow(facts, 4)
        yield from sheet.pairs(
            ((sheet.label(f"needs.{n}"), sheet.word(f"needs.{n}", need.get(n))) for n in ("pains", "goals")),
            4,
        )


def _budget(sheet: Sheet, budget: Any) -> str:
    if not isinstance(budget, Mapping):
        return ""
    currency = str(budget.get("currency") or "")
    ends = [
        sheet.cli.out.words.money(budget[k], currency) for k in ("min", "max") if budget.get(k) is not None
    ]
    return _("budget {range}").format(range="–".join(dict.fromkeys(ends))) if ends else ""


def _worth(sheet: Sheet, brief: Brief) -> Iterator[str]:
    money, show = brief.money, sheet.cli.out.words.money
    parts = []
    if money.orders:
        parts.append(
            _("ordered {amount} in {n}, last on {date}").format(
                amount=show(money.ordered), n=money.orders, date=money.last_order
            )
        )
    if money.outstanding:
        parts.append(_("not yet paid {amount}").format(amount=show(money.outstanding)))
    if money.opportunities:
        parts.append(_("under negotiation {amount}").format(amount=show(money.open)))
    if parts or brief.contracts:
        yield sheet.title(_("Money"))
        yield from sheet.flow([*parts, *money.other], 2)
    for deal in brief.opportunities:
        close = deal.get("close_date")
        facts = (
            sheet.say(deal, "stage", "opportunity"),
            sheet.say(deal, "amount", "opportunity"),
            _("closes {date}").format(date=close) if close else "",
        )
        yield from _linked(sheet, deal, str(deal.get("name") or "?"), facts)
    for contract in brief.contracts:
        end = contract.get("end_date")
        terms = (
            sheet.say(contract, "amount", "contract"),
            _("ends {date}").format(date=sheet.ago(str(end))) if end else "",
        )
        yield from _linked(
            sheet, contract, f"{_('Contract')} {contract.get('name') or contract.get('number') or ''}", terms
        )


def _linked(sheet: Sheet, doc: Doc, title: str, facts: Iterable[str]) -> Iterator[str]:
    yield from sheet.item(DOT.join([title.strip(), *(f for f in facts if f)]))
    yield f"    {sheet.ident(str(doc['id']))}"


def _file(sheet: Sheet, doc: Doc) -> Iterator[str]:
    custom = [f.name for f in sheet.cli.session.catalog.kinds["customer"].fields if f.custom]
    pairs = []
    for name in (*_FILE, *custom):
        value = doc.get(name)
        if isinstance(value, Mapping) and name == "address":
            pairs.append((sheet.label(name), _place(doc) + safe(str(value.get("street") or ""))))
        elif value not in (None, "", []):
            pairs.append((sheet.label(name), sheet.say(doc, name)))
    lines = sheet.pairs(pairs)
    if lines:
        yield sheet.title(_("On file"))
        yield from lines


def _planned(sheet: Sheet, brief: Brief, page: Page) -> Iterator[str]:
    shown = {row.to_json()["source"] for row in page.due}
    later = [d for d in brief.planned if d["id"] not in shown]
    if later:
        yield sheet.title(_("Planned"))
    for doc in later:
        snoozed = doc.get("snoozed") or ()
        day = snoozed[-1].get("to") if snoozed else doc.get("due")
        yield from sheet.item(f"{moment(str(day or '?'))}  {doc.get('reason') or ''}")
        yield f"    {sheet.ident(str(doc['id']))}"


def _timeline(sheet: Sheet, page: Page) -> Iterator[str]:
    if not page.timeline:
        return
    yield sheet.title(_("Timeline"), len(page.timeline))
    rows = []
    for event in page.timeline[:_TIMELINE]:
        what = sheet.say(event.more, "channels", "followup") if event.kind == "followup" else ""
        what = what or _(sheet.cli.session.catalog.kinds[event.kind].label)
        rows.append((event.on[:10], what, safe(event.text.replace("\n", " "))))
    column = min(max(width(row[1]) for row in rows), 14)
    for day, what, text in rows:
        yield cut(f"  {day}  {pad(cut(what, column), column)}  {text}", sheet.room)
    rest = len(page.timeline) - len(rows)
    if rest:
        yield "  " + sheet.dim(ngettext("and {n} more, older", "and {n} more, older", rest).format(n=rest))


# -- any other record


def _record(sheet: Sheet, page: Page) -> Iterator[str]:
    doc = page.doc
    spec = sheet.cli.session.catalog.kinds[page.hit.kind]
    title = safe(page.hit.title or page.hit.id)
    yield style(f"{_(spec.label)}: {title}", "bold", on=sheet.colour)
    yield from sheet.pairs(
        [
            (_("id"), sheet.ident(str(doc.get("id", "")))),
            (_("customer"), _whose(sheet, doc)),
            (_("file"), safe(page.hit.path)),
        ]
    )
    yield ""
    known = [f.name for f in spec.fields if "." not in f.name]
    others = [
        k for k in doc if k not in known and k not in {"id", "kind", "path", "customer", "customer_name"}
    ]
    set_ = [n for n in (*known, *others) if doc.get(n) not in (None, "", [])]
    column = min(max((width(sheet.label(n)) for n in set_), default=0), 28)
    for name in set_:
        yield from _field(sheet, name, doc[name], column)
    if page.like:
        from crmkit.cli import _cases

        yield ""
        yield from _cases.lines(sheet.cli, page.like)
    if page.chain:
        from crmkit.cli import _chain

        yield ""
        yield from _chain.lines(sheet, page.chain)


def _field(sheet: Sheet, name: str, value: Any, column: int) -> Iterator[str]:
    """Yield a field's label with its value; an entry of a list of mappings on a line of its own."""
    entries = value if isinstance(value, list) and any(isinstance(v, Mapping) for v in value) else [value]
    label = sheet.dim(pad(cut(sheet.label(name), column), column))
    for entry in entries:
        for line in _agenda.wrap(_value(sheet, name, entry), sheet.room - column - 4):
            yield f"  {label}  {line}"
            label = " " * column


def _value(sheet: Sheet, name: str, value: Any) -> str:
    if isinstance(value, Mapping) and sheet.type(name) != "money":
        return _told(sheet, name, value)
    return sheet.word(name, value)


def _told(sheet: Sheet, name: str, entry: Mapping[str, Any]) -> str:
    """Return an entry's values in one line; bare numbers, and what stands under free keys, with what they are."""
    parts = []
    free = sheet.is_free(name)
    for key, value in entry.items():
        path = f"{name}.{key}"
        inner = _value(sheet, path, value)
        bare = isinstance(value, bool | int | float) or (inner and inner.replace(".", "").isdecimal())
        parts.append(f"{sheet.label(path)} {inner}" if bare or free else inner)
    return DOT.join(p for p in parts if p)


def _whose(sheet: Sheet, doc: Doc) -> str:
    number = str(doc.get("customer") or "")
    name = str(doc.get("customer_name") or "")
    if number and not name:
        from crmkit.errors import CrmError

        try:
            name = sheet.cli.session.resolve(number, ("customer",)).title
        except CrmError:
            name = ""
    return safe(f"{number} {name}".strip())
