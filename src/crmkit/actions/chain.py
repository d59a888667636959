"""The chain of a follow-up: from the first contact to now, what each answers and what came of it (R-000-52).

Follow-ups hang together by `next` (what came of it) and `answers` (what it answers: a follow-up, another record, a
row of `crm due`). A link to what is not there stays visible, and a circle ends nothing but the walk.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any, Literal

from crmkit.rules.row import split_id

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.index.lookup import Hit

Doc = Mapping[str, Any]
End = Literal["", "open", "cancelled", "result", "next_step", "done", "missing", "loop"]

ROW = "due"
"""The kind of a step that is a row of `crm due`."""

_PART = re.compile(r"\.o?[0-9]+$")

CASES = frozenset({"followup", "feedback"})
"""What a row may come of: a promise made in a talk, a complaint. Rows of a contract or a deal begin a chain."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain.

    `doc` are the record's fields with its `kind` and `customer`, empty for what is not there; `text` is what it was
    about; `on` the day or time, planned or past, as records write it. `came_of` and `led_to` are the ids beside it.
    `end` says why the chain goes no further here: `open` (planned), `cancelled`, `result` (done, with a result),
    `next_step` (done; the next step was named, but not planned), `done` (nothing more was recorded), `missing` (the
    link leads nowhere), `loop` (it leads back); "" where it goes on. `here` marks the one that was asked for.
    """

    id: str
    doc: Doc
    text: str = ""
    on: str = ""
    came_of: tuple[str, ...] = ()
    led_to: tuple[str, ...] = ()
    end: End = ""
    here: bool = False

    @property
    def kind(self) -> str:
        """The kind of record, `due` for a row of `crm due`, "" for what is not there."""
        return str(self.doc.get("kind") or "")

    @property
    def status(self) -> str:
        """The record's status; `missing` for what is not there."""
        return status_of(self.doc) if self.doc else "missing"

    def to_json(self) -> dict[str, Any]:
        """Return the step under stable keys."""
        doc = self.doc
        plain = {
            n: str(doc.get(n) or "") for n in ("customer", "by", "contact", "feedback", "result", "next_step")
        }
        return {
            "id": self.id,
            "kind": self.kind,
            "status": self.status,
            "on": self.on,
            "due": planned_for(doc),
            "channels": list(doc.get("channels") or ()),
            "content": self.text,
            **plain,
            "came_of": list(self.came_of),
            "led_to": list(self.led_to),
            "end": self.end,
            "here": self.here,
        }


def chain(session: Session, hit: Hit) -> list[Step]:
    """Return the chain that the follow-up `hit` stands in, in the order of time."""
    titles = {kind: spec.first("title") for kind, spec in session.catalog.kinds.items()}

    def elsewhere(ident: str) -> Doc | None:
        from crmkit.errors import NotFound

        try:
            return session.index.record(ident).to_json()
        except NotFound:
            return None

    return walk(hit.id, session.index.dossier_json(hit.customer), elsewhere, titles)


def walk(
    ident: str,
    docs: Iterable[Doc],
    elsewhere: Callable[[str], Doc | None] = lambda _ident: None,
    titles: Mapping[str, str] | None = None,
) -> list[Step]:
    """Return the steps that hang together with `ident`, in the order of time, what came of another behind it.

    `docs` are the records of its dossier as JSON with `id` and `kind`; `elsewhere` finds one of another dossier (it
    is shown, and not walked on from); `titles` say in which field a kind of record says what it is about.
    """
    known = {str(doc["id"]): doc for doc in docs}
    edges = _edges(known)
    ids = _together(ident, edges)
    for one in ids:
        if one not in known:
            known[one] = _row(one) or elsewhere(one) or {}
    pairs = [(a, b) for a, b in edges if a in ids]
    before, after = _neighbours(pairs)
    on = {one: _on(known[one]) for one in ids}
    order = _ordered(ids, known, before, after, on)
    at = {one: n for n, one in enumerate(order)}
    return [
        Step(
            one,
            known[one],
            _text(known[one], titles or {}),
            on[one],
            tuple(sorted(before[one], key=at.__getitem__)),
            tuple(sorted(after[one], key=at.__getitem__)),
            _end(known[one], looped=all(at[later] < at[one] for later in after[one]) if after[one] else None),
            one == ident,
        )
        for one in order
    ]


def _edges(known: Mapping[str, Doc]) -> set[tuple[str, str]]:
    """Return every link of the dossier as `(what went before, what came of it)`; none leads to itself."""
    found = set()
    for ident, doc in known.items():
        if doc.get("kind") != "followup":
            continue
        found |= {(ident, text) for text in _texts(doc.get("next"))}
        for answered in _texts(doc.get("answers")):
            found.add((answered, ident))
            source = _source(answered)
            if source in known and known[source].get("kind") in CASES:
                found.add((source, answered))
    return {(a, b) for a, b in found if a != b}


def _texts(value: Any) -> list[str]:
    """Return the ids that a field written by hand may hold: one, or several."""
    values = value if isinstance(value, list) else [value]
    return [text.strip() for text in values if isinstance(text, str) and text.strip()]


def _source(ident: str) -> str:
    """Return the record behind a row's id (a `.1` or `.o1` behind it counts its promises or objections), else ""."""
    parts = split_id(ident)
    return _PART.sub("", parts[2]) if parts else ""


def _together(start: str, edges: Iterable[tuple[str, str]]) -> set[str]:
    beside = defaultdict(set)
    for a, b in edges:
        beside[a].add(b)
        beside[b].add(a)
    found, waiting = {start}, [start]
    while waiting:
        new = beside[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def _neighbours(
    pairs: Iterable[tuple[str, str]],
) -> tuple[defaultdict[str, set[str]], defaultdict[str, set[str]]]:
    before: defaultdict[str, set[str]] = defaultdict(set)
    after: defaultdict[str, set[str]] = defaultdict(set)
    for a, b in pairs:
        after[a].add(b)
        before[b].add(a)
    return before, after


def _ordered(
    ids: Iterable[str],
    known: Mapping[str, Doc],
    before: Mapping[str, set[str]],
    after: Mapping[str, set[str]],
    on: Mapping[str, str],
) -> list[str]:
    """Order by time, each behind what it came of; a circle is entered at its earliest step.

    What is still planned waits for no place before a contact that has taken place (one half of a confirmation).
    """

    def key(one: str) -> tuple[str, str]:
        beside = min(
            (on[b] for b in after[one] if on[b]), default=max((on[a] for a in before[one]), default="")
        )
        return on[one] or beside, one

    waits = {
        one: {a for a in before[one] if not (_planned(known[a]) and not _planned(known[one]))} for one in ids
    }
    heap = sorted(key(one) for one, earlier in waits.items() if not earlier)
    out: list[str] = []
    left = set(waits)
    while left:
        one = heappop(heap)[1] if heap else min(left, key=key)
        if one not in left:
            continue
        left.remove(one)
        out.append(one)
        for later in after[one]:
            waits[later].discard(one)
            if later in left and not waits[later]:
                heappush(heap, key(later))
    return out


def _row(ident: str) -> Doc | None:
    """Return a row of `crm due` as a step: its rule and its day are all that is left of an answered one."""
    parts = split_id(ident)
    if parts is None:
        return None
    customer, rule, _source, day = parts
    return {"kind": ROW, "customer": customer, "rule": rule, "due": day.isoformat()}


def status_of(doc: Doc) -> str:
    """Return a record's status; a follow-up that does not say is done where it tells when it took place."""
    if doc.get("kind") != "followup":
        return str(doc.get("status") or "")
    return str(doc.get("status") or ("done" if doc.get("at") else "planned"))


def planned_for(doc: Doc) -> str:
    """Return the day or time for which it was planned: where it was last put off to, else `due`."""
    snoozed = doc.get("snoozed")
    for entry in reversed(snoozed if isinstance(snoozed, Sequence) else ()):
        if isinstance(entry, Mapping) and entry.get("to"):
            return str(entry["to"])
    return str(doc.get("due") or "")


def _planned(doc: Doc) -> bool:
    return doc.get("kind") == "followup" and status_of(doc) == "planned"


def _on(doc: Doc) -> str:
    if doc.get("kind") == "followup" and status_of(doc) == "done":
        return str(doc.get("at") or planned_for(doc))
    happened = next((str(doc[n]) for n in ("received_at", "at", "on") if doc.get(n)), "")
    return happened or planned_for(doc) or str(doc.get("created_on") or "")


def _text(doc: Doc, titles: Mapping[str, str]) -> str:
    kind = str(doc.get("kind") or "")
    if kind != "followup":
        names = [titles.get(kind, ""), "content", "name", "rule"]
    elif status_of(doc) == "done":
        names = ["content", "subject", "reason", "goal"]
    else:
        names = ["reason", "goal", "subject", "outline", "content"]
    return next((str(doc[name]) for name in names if name and doc.get(name)), "")


def _end(doc: Doc, *, looped: bool | None) -> End:
    """Say why the chain ends at a step; `looped` says that all its links lead back, None that it has none."""
    if not doc:
        return "missing" if looped is None else ""
    status = status_of(doc)
    if doc.get("kind") == "followup" and status in {"planned", "cancelled"}:
        if status == "planned":
            return "open"
        return "cancelled" if looped is None else ""
    if looped is not None:
        return "loop" if looped else ""
    if doc.get("result"):
        return "result"
    return "next_step" if doc.get("next_step") else "done"
