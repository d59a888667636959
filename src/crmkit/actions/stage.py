"""`crm stage`: an opportunity or a customer's lifecycle goes into another stage, through its gate.

The gate is `rules.gates`: what has to be known is known, is given along as `field=value`, or the move is refused with
the line to type. A won opportunity makes its customer won in the same change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from crmkit.actions._write import Prepared
from crmkit.actions.log import stamped
from crmkit.errors import Ambiguous, CrmError, Invalid, NotFound, Problem, msg
from crmkit.i18n import N_, language
from crmkit.rules import gates

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.index.lookup import Hit
    from crmkit.rules.gates import Lack
    from crmkit.yaml.write import Edit

KINDS = ("opportunity", "customer")
VOCABULARY = {"opportunity": "opportunity_stage", "customer": "stage"}

Doc = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Move:
    """One record on its way into a stage: where it stands, where it goes (codes), and what is given along.

    `given` are assignments of the record itself, `contract` those of a contract that a customer is won with. `goal`
    and `by` are what an opportunity shall reach in the stage until when (R-003-12), `via` the way on which a customer
    came there (R-003-99).
    """

    hit: Hit
    now: str
    stage: str
    given: tuple[str, ...] = ()
    contract: tuple[str, ...] = ()
    goal: str = ""
    by: str = ""
    via: str = ""

    @property
    def kind(self) -> str:
        """The kind of record that moves."""
        return self.hit.kind


def move(
    session: Session,
    ident: str,
    stage: str,
    assignments: Sequence[str] = (),
    *,
    goal: str = "",
    by: str = "",
    via: str = "",
) -> Move:
    """Return the move that is meant. A customer's one open opportunity goes by the customer's name as well.

    Raises NotFound or Ambiguous for the record, UsageError for a stage that there is not.
    """
    hit = session.resolve(ident)
    if hit.kind == "customer" and _only_of_deals(session, stage):
        hit = _deal(session, hit)
    elif hit.kind not in KINDS:
        raise NotFound(
            N_("{id} is no opportunity and no customer"),
            hint=N_("crm stage OPPORTUNITY negotiation, or crm stage CUSTOMER intent"),
            id=hit.id,
        )
    doc = session.index.doc(hit.path)
    code = _code(session, hit.kind, stage)
    given, contract = _shared_out(session, hit.kind, code, assignments)
    return Move(hit, str(doc.get("stage") or _first(hit.kind)), code, given, contract, goal, by, via)


def stage(session: Session, move: Move) -> Prepared:
    """Make the move. Raises Invalid, with the line to type, where its gate lacks something."""
    if lacking := missing(session, move):
        raise refused(session, move, lacking)

    def compose(draft: Draft) -> None:
        name = move.hit.title or move.hit.id
        draft.about(move.hit.id, move.kind, move.hit.path, f"stage {name}: {move.now} -> {move.stage}")
        into(draft, move)

    return Prepared(session, compose)


def into(draft: Draft, move: Move) -> None:
    """Make the move within a change that is about something else as well; raises as `stage`."""
    if lacking := missing(draft.session, move):
        raise refused(draft.session, move, lacking)
    (_opportunity if move.kind == "opportunity" else _customer)(draft, move)


def missing(session: Session, move: Move) -> list[Lack]:
    """Return what the gate still lacks with what is given along; nothing for a record that is there already."""
    if move.now == move.stage:
        return []
    after = _after(session, move.hit, move.given)
    docs = _docs(session, move.hit)
    if move.contract:
        docs = {**docs, "contract": [*docs.get("contract", ()), _contract(session, move)]}
    target = gates.like(move.stage, VOCABULARY[move.kind], session.settings)
    found = gates.lacking(move.kind, target, {**after, "id": move.hit.id}, docs, session.settings)
    if move.contract and move.kind == "customer":
        new = _contract(session, move)
        found = [lack for lack in found if not new.get(lack.name)]
    return found


def refused(session: Session, move: Move, lacking: Sequence[Lack]) -> Invalid:
    """Return the error that names what the gate lacks, and what can be typed."""
    problems = [
        Problem(move.hit.path, 0, lack.name, "stage.gate", "error", lack.message, lack.hint, lack.requirement)
        for lack in lacking
    ]
    example = line(session, move, lacking)
    return Invalid(
        N_("{name} cannot become {stage} yet; it lacks:"),
        problems,
        hint=msg(N_("type: {line}"), line=example) if example else "",
        name=move.hit.title or move.hit.id,
        stage=label(session, move.kind, move.stage),
    )


def line(session: Session, move: Move, lacking: Sequence[Lack]) -> str:
    """Return the command that gives what is lacking, "" where something of it cannot be given along."""
    from crmkit.values.shell import quoted

    if any(not lack.name for lack in lacking):
        return ""
    today = session.today.isoformat()
    words = [lack.example.replace("=today", f"={today}") for lack in lacking]
    given = [quoted(w) for w in (*move.given, *move.contract)]
    return " ".join(["crm", "stage", move.hit.id, move.stage, *given, *words])


def label(session: Session, kind: str, code: str) -> str:
    """Return a stage in the reader's language."""
    return session.settings.label(VOCABULARY[kind], code, language())


# -- which record, which stage


def _first(kind: str) -> str:
    return "new" if kind == "opportunity" else "potential"


def _code(session: Session, kind: str, text: str) -> str:
    from crmkit.records import entry

    spec = session.catalog.kinds[kind]
    return str(entry.new_fields(spec, session.settings, [f"stage={text}"], session.now)["stage"])


def _only_of_deals(session: Session, text: str) -> bool:
    codes = session.settings.codes
    known = {kind: codes.get(VOCABULARY[kind], {}) for kind in KINDS}
    word = text.strip()
    here = {kind: words.get(word) or words.get(word.casefold()) for kind, words in known.items()}
    return bool(here["opportunity"]) and not here["customer"]


def _deal(session: Session, customer: Hit) -> Hit:
    """Return the one open opportunity of a customer."""
    rows = [
        row
        for row in session.index.dossier_docs(customer.id)
        if row.kind == "opportunity" and row.doc.get("stage") not in gates.CLOSED
    ]
    if not rows:
        raise NotFound(
            N_("{name} has no open opportunity"),
            hint=N_("add one: crm add opportunity {id} name=..."),
            name=customer.title,
            id=customer.id,
        )
    if len(rows) > 1:
        raise Ambiguous(
            N_("{name} has {n} open opportunities"),
            [(r.id, r.title) for r in rows],
            hint=N_("name one by its id"),
            name=customer.title,
            n=len(rows),
        )
    return session.resolve(rows[0].id, ("opportunity",))


def _shared_out(
    session: Session, kind: str, stage: str, assignments: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what is the record's own, and what belongs to the contract that a customer is won with."""
    if kind != "customer" or stage != "won":
        return tuple(assignments), ()
    own, other = session.catalog.kinds["customer"].by_name, session.catalog.kinds["contract"].by_name
    names = [(word, word.partition("=")[0].rstrip("+-").strip()) for word in assignments]
    contract = tuple(word for word, name in names if name in other and name not in own)
    return tuple(word for word, _ in names if word not in contract), contract


def _after(session: Session, hit: Hit, assignments: Sequence[str]) -> dict[str, Any]:
    """Return the record as it stands with the assignments."""
    from crmkit.records import entry

    spec = session.catalog.kinds[hit.kind]
    return entry.new_fields(
        spec, session.settings, assignments, session.now, start=session.index.doc(hit.path)
    )


def _docs(session: Session, hit: Hit) -> dict[str, list[Doc]]:
    """Return the records of the dossier by kind, the one that moves left out."""
    found: dict[str, list[Doc]] = {}
    for row in session.index.dossier_docs(hit.customer or hit.id):
        if row.path != hit.path:
            found.setdefault(row.kind, []).append(row.to_json())
    return found


def _contract(session: Session, move: Move) -> dict[str, Any]:
    from crmkit.records import entry

    spec = session.catalog.kinds["contract"]
    fields = entry.new_fields(spec, session.settings, move.contract, session.now)
    fields.setdefault("status", "in_force")
    fields.setdefault("owner", move.hit.owner or session.actor_name)
    return fields


# -- what is written


def _opportunity(draft: Draft, move: Move) -> None:
    """Write the stage with its history; a won one takes its customer along."""
    from crmkit.yaml.write import Edit

    session = draft.session
    _assign(draft, move)
    edits = list(entered(draft, move.hit.path, "opportunity", move.stage, goal=move.goal, by=move.by))
    if gates.like(move.stage, VOCABULARY["opportunity"], session.settings) == "won":
        docs = _docs(session, move.hit)
        doc = _after(session, move.hit, move.given)
        contract = gates.contract_of(doc, docs)
        for name in ("amount", "start_date"):
            known = gates.worth_of(doc) if name == "amount" else doc.get(name)
            if known is None and contract.get(name) is not None:
                edits.append(Edit((name,), contract[name]))
        _win_customer(draft, move, str(doc.get("source") or ""))
    draft.edit(move.hit.path, edits)
    _stamp(draft, move.hit.path)


def _stamp(draft: Draft, path: str) -> None:
    """Stamp a record where it has changed."""
    file = draft.files.get(path)
    if file and file.new != file.old:
        draft.stamp(path)


def _win_customer(draft: Draft, move: Move, source: str) -> None:
    """Let the customer of a won opportunity be won, where it was not."""
    session = draft.session
    customer = session.customer(move.hit.customer)
    doc = session.index.doc(customer.path)
    now = gates.like(str(doc.get("stage") or "potential"), "stage", session.settings)
    if now in gates.BOUND:
        return
    source = source or str(doc.get("source") or "")
    via = move.via or session.settings.label("source", source, session.settings.language) or move.hit.title
    draft.edit(customer.path, list(entered(draft, customer.path, "customer", "won", via=via)))
    draft.stamp(customer.path)
    draft.notice = str(msg(N_("{name} is a won customer from today"), name=customer.title or customer.id))


def _customer(draft: Draft, move: Move) -> None:
    from crmkit.yaml.write import Edit

    session = draft.session
    _assign(draft, move)
    edits = list(entered(draft, move.hit.path, "customer", move.stage, via=move.via))
    if move.stage == "lost" and move.now != "lost":
        edits.append(Edit(("churn", "on"), session.today))
    draft.edit(move.hit.path, edits)
    if move.contract:
        folder = str(PurePosixPath(move.hit.path).parent)
        fields = _contract(session, move)
        draft.create("contract", stamped(session, fields), folder, fields.get("signed_on") or session.today)
    _stamp(draft, move.hit.path)


def entered(
    draft: Draft, path: str, kind: str, stage: str, *, goal: str = "", by: str = "", via: str = ""
) -> list[Edit]:
    """Return the edits with which the record at `path` enters a stage: the stage, its history, what follows from it.

    A record that is there already gets its goal and day changed and nothing else.
    """
    from crmkit.yaml.write import DELETE, Edit

    session = draft.session
    data = _data(draft, path)
    history = _history(data)
    codes = session.settings.codes.get(VOCABULARY[kind], {})
    present = str(codes.get(str(data.get("stage") or ""), "")) or _first(kind)
    more: dict[str, Any] = {"goal": goal, "by": session.day(by) if by else "", "via": via}
    more = {k: v for k, v in more.items() if v}
    last = history[-1].get("stage") if history and isinstance(history[-1], Mapping) else ""
    if present == stage and (not more or codes.get(str(last)) == stage):
        return [Edit(("stage_history", len(history) - 1, k), v) for k, v in more.items()]
    entry = {"stage": stage, "on": session.today, **more}
    edits = [Edit(("stage",), stage)]
    if history:
        edits.append(Edit(("stage_history", len(history)), entry))
    else:
        edits.append(
            Edit(("stage_history",), [*([] if present == stage else _begun(data, present, kind)), entry])
        )
    follow = _of_opportunity if kind == "opportunity" else _of_customer
    target = gates.like(stage, VOCABULARY[kind], session.settings)
    for name, value in follow(target, data, session).items():
        if value is not None:
            edits.append(Edit((name,), value))
        elif name in data:
            edits.append(Edit((name,), DELETE))
    return edits


def _history(data: Doc) -> list[Any]:
    """Return the stage history that a file has."""
    found = data.get("stage_history")
    return found if isinstance(found, list) else []


def _begun(data: Doc, present: str, kind: str) -> list[dict[str, Any]]:
    """Return the first entry of a history that nobody has begun: in its first stage since the record was made."""
    lead = data.get("lead")
    since = (lead.get("first_contact_on") if isinstance(lead, Mapping) else None) or data.get("created_on")
    return [{"stage": present, "on": since}] if since and present == _first(kind) else []


def _of_opportunity(stage: str, data: Doc, session: Session) -> dict[str, Any]:
    """Return what changes with the stage of an opportunity, None for what goes."""
    if stage in gates.CLOSED:
        lost = {} if stage == "lost" else {"lost_reason": None}
        return {**({} if data.get("closed_on") else {"closed_on": session.today}), **lost}
    return {"closed_on": None, "lost_reason": None}


def _of_customer(stage: str, data: Doc, _session: Session) -> dict[str, Any]:
    """Return what changes with the stage of a customer."""
    if stage == "lost":
        return {"status": "lost"}
    out: dict[str, Any] = {}
    if data.get("status") == "lost" or (stage in gates.BOUND and data.get("status") == "dormant"):
        out["status"] = "active"
    if stage in gates.BOUND and data.get("customer_type") == "potential":
        out["customer_type"] = "existing"
    return out


def _assign(draft: Draft, move: Move) -> None:
    from crmkit.records import entry

    session = draft.session
    spec = session.catalog.kinds[move.kind]
    data = _data(draft, move.hit.path)
    draft.edit(move.hit.path, entry.assign(spec, session.settings, data, move.given, session.now))


def _data(draft: Draft, path: str) -> dict[str, Any]:
    from crmkit.yaml import read

    return read.load(draft.text(path).encode(), path).data


# -- the same through `crm set`


def watched(draft: Draft, record: tuple[str, str, str], before: Doc, after: Doc) -> None:
    """Complete a change of the stage that came by `crm set`: its history, and a warning of what its gate asks for.

    `crm set` corrects records, so it is not refused; but nothing slips around the gate in silence. `record` is its
    path, kind and id; `before` and `after` are what its file says.
    """
    path, kind, ident = record
    if kind == "contract":
        draft.warnings += _signed(draft.session, path, ident, before, after)
    if kind not in KINDS or before.get("stage") == after.get("stage") or not after.get("stage"):
        return
    session = draft.session
    if before.get("stage_history") == after.get("stage_history"):
        from crmkit.yaml.write import Edit

        codes = session.settings.codes.get(VOCABULARY[kind], {})
        new = str(codes.get(str(after["stage"]), after["stage"]))
        history = _history(after)
        item = {"stage": new, "on": session.today}
        where = ("stage_history", len(history)) if history else ("stage_history",)
        edits = [Edit(where, item if history else [item])]
        target = gates.like(new, VOCABULARY[kind], session.settings)
        follow = _of_opportunity if kind == "opportunity" else _of_customer
        edits += [
            Edit((k,), v)
            for k, v in follow(target, after, session).items()
            if v is not None and before.get(k) == after.get(k)
        ]
        draft.edit(path, edits)
    draft.warnings += _warned(session, path, kind, ident, after)


def _signed(session: Session, path: str, ident: str, before: Doc, after: Doc) -> list[Problem]:
    """Return the warning for a contract that is signed before legal has approved it (R-002-25)."""
    signs = (not before.get("signed_on") and after.get("signed_on")) or (
        before.get("status") != "in_force" and after.get("status") == "in_force"
    )
    lack = gates.unsigned({**after, "id": ident}, session.settings) if signs else None
    if lack is None:
        return []
    text = msg(N_("before a contract is signed, this is needed: {what}"), what=lack.message)
    return [Problem(path, 0, "signed_on", "stage.gate", "warning", text, lack.hint, lack.requirement)]


def _warned(session: Session, path: str, kind: str, ident: str, after: Doc) -> list[Problem]:
    try:
        hit = session.resolve(ident, (kind,))
    except CrmError:
        return []
    codes = session.settings.codes.get(VOCABULARY[kind], {})
    new = str(codes.get(str(after["stage"]), after["stage"]))
    target = gates.like(new, VOCABULARY[kind], session.settings)
    lacking = gates.lacking(kind, target, {**after, "id": hit.id}, _docs(session, hit), session.settings)
    found = []
    for lack in lacking:
        typed = lack.example.replace("=today", f"={session.today.isoformat()}")
        hint = msg(N_("give it: crm set {id} {field}"), id=hit.id, field=typed) if lack.name else lack.hint
        if kind == "customer" and lack.name in {"number", "amount", "start_date"}:
            hint = msg(N_("crm stage {id} won asks for it"), id=hit.id)
        text = msg(N_("the stage asks for this: {what}"), what=lack.message)
        found.append(
            Problem(path, 0, lack.name or "stage", "stage.gate", "warning", text, hint, lack.requirement)
        )
    return found
