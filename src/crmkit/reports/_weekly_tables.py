"""The weekly review as sentences, tables and rows of a spreadsheet, from its plain lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from crmkit.errors import Message, msg
from crmkit.i18n import N_
from crmkit.reports.report import Column, Section

Plain = Mapping[str, Any]
Lists = Mapping[str, Sequence[Plain]]

COMMON = (
    "section",
    "id",
    "customer",
    "customer_name",
    "owner",
    "due",
    "done",
    "days",
    "state",
    "text",
    "reason",
)
"""Columns of the spreadsheet: one row for everything that was counted."""

_CLOCKS = {"respond": N_("first response"), "resolve": N_("solution"), "revisit": N_("revisit")}
_STATES = {
    "kept": N_("kept"),
    "late": N_("done late"),
    "open": N_("open"),
    "overdue": N_("overdue"),
    "broken": N_("broken"),
    "running": N_("running"),
    "unknown": N_("time unknown"),
}
_CUSTOMER = Column("customer_name", N_("Customer"), under=True)
_OWNER = Column("owner", N_("Owner"))
_ID = Column("id", N_("ID"))
_DUE = Column("due", N_("Due"), "date")
_STATE = Column("state", N_("State"), words=_STATES)

_COLUMNS: Mapping[str, tuple[str, tuple[Column, ...]]] = {
    "owners": (
        N_("By owner"),
        (
            _OWNER,
            Column("contacts", N_("Contacts made"), "integer"),
            Column("due", N_("To be done"), "integer"),
            Column("kept", N_("Kept"), "integer"),
            Column("late", N_("Done late"), "integer"),
            Column("open", N_("Not done"), "integer"),
            Column("ahead", N_("Ahead"), "integer"),
            Column("put_off", N_("Times put off"), "integer"),
            Column("cancelled", N_("Cancelled"), "integer"),
            Column("share", N_("Kept in percent"), "integer"),
        ),
    ),
    "late": (
        N_("Late, and why"),
        (
            _ID,
            _DUE,
            Column("days", N_("Days late"), "integer"),
            _STATE,
            _CUSTOMER,
            _OWNER,
            Column("what", N_("What was to be done"), under=True),
            Column("why", N_("Why late"), under=True, told=True),
        ),
    ),
    "put_off": (
        N_("Put off, and why"),
        (
            _ID,
            Column("from", N_("From"), "date"),
            Column("to", N_("To"), "date"),
            _CUSTOMER,
            _OWNER,
            Column("what", N_("What was to be done"), under=True),
            Column("why", N_("Why put off"), under=True, told=True),
        ),
    ),
    "unanswered": (
        N_("Fell due, and nobody answered"),
        (
            Column("customer", N_("Customer number")),
            _DUE,
            Column("days", N_("Days late"), "integer"),
            _CUSTOMER,
            _OWNER,
            Column("reason", N_("Reason"), under=True),
        ),
    ),
    "complaints": (
        N_("Clocks of complaints"),
        (
            _ID,
            Column("clock", N_("Clock"), words=_CLOCKS),
            Column("due", N_("Runs out"), "when"),
            _STATE,
            _OWNER,
            _CUSTOMER,
            Column("content", N_("Complaint"), under=True),
            Column("answered_at", N_("Answered"), "when", under=True, told=True),
            Column("over", N_("Too late by"), under=True, told=True),
        ),
    ),
    "promises": (
        N_("Promises"),
        (
            _ID,
            _DUE,
            Column("state", N_("State"), words={**_STATES, "late": N_("kept late")}),
            Column("kept_on", N_("Kept on"), "date"),
            _CUSTOMER,
            _OWNER,
            Column("promise", N_("Promise"), under=True),
        ),
    ),
    "won": (
        N_("Won, and the contacts before"),
        (
            Column("customer", N_("Customer number")),
            Column("on", N_("Won on"), "date"),
            Column("amount", N_("Amount"), "money"),
            Column("contacts", N_("Contacts made"), "integer"),
            Column("days_since_contact", N_("Days after the last"), "integer"),
            Column("late", N_("Late ones"), "integer"),
            Column("timely", N_("Timely"), "boolean"),
            _CUSTOMER,
            _OWNER,
            Column("names", N_("Deals"), under=True),
            Column("how", N_("How"), under=True, told=True),
        ),
    ),
    "lost": (
        N_("Lost, and the contacts before"),
        (
            Column("customer", N_("Customer number")),
            Column("on", N_("Lost on"), "date"),
            Column("amount", N_("Amount"), "money"),
            Column("contacts", N_("Contacts made"), "integer"),
            Column("days_since_contact", N_("Days after the last"), "integer"),
            Column("late", N_("Late ones"), "integer"),
            _CUSTOMER,
            _OWNER,
            Column("names", N_("Deals"), under=True),
            Column("why", N_("Reason of the loss"), under=True, told=True),
            Column("lessons", N_("Lessons"), under=True, told=True),
        ),
    ),
}


def sections(lists: Lists, owners: Sequence[Plain], total: Plain) -> list[Section]:
    """Return the tables, in the order in which one reviews a week."""
    rows = {name: [_told(name, row) for row in lists.get(name, ())] for name in _COLUMNS}
    rows["owners"] = [_owner(row) for row in (*owners, *([total] if len(owners) > 1 else []))]
    return [Section(name, title, columns, rows[name]) for name, (title, columns) in _COLUMNS.items()]


def summary(totals: Plain, as_of: str) -> Iterator[Message]:
    """Yield what the week comes to."""
    judged = totals["kept"] + totals["late"] + totals["open"]
    if judged:
        yield msg(
            N_("follow-ups: {kept} of {judged} kept ({share}%), {late} done late, {open} not done"),
            judged=judged,
            **_some(totals, ("kept", "share", "late", "open")),
        )
    else:
        yield msg(N_("follow-ups: none was to be done yet"))
    yield msg(
        N_(
            "late without a reason: {without_reason}; carried over from before: {carried}; still "
            "ahead: {ahead}"
        ),
        **_some(totals, ("without_reason", "carried", "ahead")),
    )
    yield msg(
        N_("complaints: {kept} clocks kept, {broken} broken, {running} running"),
        **_behind(totals, "clocks_", ("kept", "broken", "running")),
    )
    yield msg(
        N_("promises: {kept} kept, {late} kept late, {open} open, {overdue} overdue"),
        **_behind(totals, "promises_", ("kept", "late", "open", "overdue")),
    )
    yield msg(
        N_("won: {won}, after timely contact: {won_timely}; lost: {lost}, despite contact: {lost_despite}"),
        **_some(totals, ("won", "won_timely", "lost", "lost_despite")),
    )
    yield msg(N_("as of {day}; contacts made: {contacts}"), day=as_of, contacts=totals["contacts"])


def entries(lists: Lists) -> list[dict[str, Any]]:
    """Return everything that was counted under the common columns and its own."""
    return [{"section": name, **_common(name, row), **row} for name, rows in lists.items() for row in rows]


def _some(totals: Plain, names: Iterable[str]) -> dict[str, Any]:
    return {name: totals[name] for name in names}


def _behind(totals: Plain, prefix: str, names: Iterable[str]) -> dict[str, Any]:
    return {name: totals[prefix + name] for name in names}


def _owner(row: Plain) -> dict[str, Any]:
    everybody = "kept" in row and row.get("total")
    name: Any = msg(N_("all together")) if everybody else row["owner"] or msg(N_("nobody"))
    return {**row, "owner": name}


def _told(name: str, row: Plain) -> dict[str, Any]:
    """Add to a row what people are told beside its fields."""
    more: dict[str, Any] = {}
    if name == "late":
        more["why"] = row["reason"] or "; ".join(row["put_off"]) or msg(N_("no reason given"))
    elif name == "put_off":
        more["why"] = row["why"] or msg(N_("no reason given"))
    elif name == "complaints":
        more["over"] = _span(row["minutes_late"])
    elif name == "lost":
        more["why"] = row["reason"] or msg(N_("not known yet"))
    return {**row, **more}


def _span(minutes: int | None) -> Any:
    """Return a time as hours and minutes, days where they are many."""
    if minutes is None:
        return ""
    hours, rest = divmod(minutes, 60)
    if hours >= _DAYS:
        return msg(N_("{days} d {hours} h"), days=hours // 24, hours=hours % 24)
    return msg(N_("{hours} h {minutes} min"), hours=hours, minutes=rest)


_DAYS = 48
"""From so many hours on days are told."""


def _common(name: str, row: Plain) -> dict[str, Any]:
    """Return a row under the columns that all sections have in common."""
    out: dict[str, Any] = dict.fromkeys(COMMON[1:])
    out |= {key: row[key] for key in COMMON[1:] if key in row}
    if name in {"kept", "late", "ahead"}:
        out["text"] = row["what"]
    elif name == "put_off":
        out |= {"due": row["from"], "state": "put_off", "text": row["what"], "reason": row["why"]}
    elif name == "unanswered":
        out |= {"state": "passed" if row["passed"] else "open", "text": row["reason"], "reason": ""}
    elif name == "complaints":
        out |= {"done": row["answered_at"], "text": f"{row['clock']}: {row['content']}"}
    elif name == "promises":
        out |= {"done": row["kept_on"], "text": row["promise"]}
    else:
        names = "; ".join(row["names"])
        told = {
            "id": (row["deals"] or [row["customer"]])[0],
            "done": row["on"],
            "days": row["days_since_contact"],
        }
        out |= {**told, "state": name, "text": names, "reason": row["reason"] or row["how"]}
    return out
