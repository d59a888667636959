"""The chain of a follow-up on its page: each step with its day, way and result, and where the chain ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from crmkit.cli._cells import moment
from crmkit.cli._render import style
from crmkit.cli._sheet import DOT
from crmkit.i18n import N_, _
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions.chain import Step
    from crmkit.cli._sheet import Sheet

_KIND = "followup"
_TEXT = 3
"""Lines that a step's text may take; its own page has the rest."""

_ENDS = {
    "open": N_("still to be done"),
    "cancelled": N_("cancelled: the chain ends here"),
    "result": N_("the chain ends with this result"),
    "next_step": N_("the chain ends here: the next step was named, but not planned"),
    "done": N_("the chain ends here: done, no next step"),
    "missing": N_("a link leads here, but there is no such record"),
    "loop": N_("its links lead back: the chain goes round in a circle"),
}


def lines(sheet: Sheet, chain: Sequence[Step]) -> Iterator[str]:
    """Yield the steps in the order of time; the one whose page it is is marked."""
    yield sheet.title(_("From the first contact to now"), len(chain))
    last = ""
    for step in chain:
        yield from _step(sheet, step, last)
        last = step.id


def _step(sheet: Sheet, step: Step, last: str) -> Iterator[str]:
    on = safe(moment(step.on)) or "?"
    facts = DOT.join(f for f in _facts(sheet, step) if f)
    shown = style(f"> {on}", "bold", on=sheet.colour) if step.here else f"  {on}"
    yield f"{shown}  {facts}".rstrip()
    if step.text and step.kind != "due":
        yield from sheet.body(step.text, 4, most=_TEXT)
    told = (
        (_("said"), step.doc.get("feedback")),
        (_("result"), step.doc.get("result")),
        (_("next"), step.doc.get("next_step")),
    )
    if step.kind == _KIND:
        yield from sheet.pairs(((label, safe(str(text or ""))) for label, text in told), 4)
    if step.came_of and last not in step.came_of:
        yield from sheet.body(_("came of {ids}").format(ids=_(", ").join(step.came_of)), 4)
    if step.end:
        yield f"    {style(_(_ENDS[step.end]), 'yellow' if step.end in _OPEN else 'dim', on=sheet.colour)}"
    yield f"    {sheet.ident(step.id)}"


_OPEN = frozenset({"open", "next_step", "missing", "loop"})
"""Ends that somebody may want to look after."""


def _facts(sheet: Sheet, step: Step) -> Iterator[str]:
    if step.kind == "due":
        yield _("reminder {rule}").format(rule=safe(step.text))
        return
    if not step.kind:
        return
    if step.kind != _KIND:
        yield _(sheet.cli.session.catalog.kinds[step.kind].label)
        yield sheet.word("status", step.status, step.kind)
        return
    if step.status != "done":
        yield sheet.word("status", step.status, _KIND)
    yield sheet.word("channels", step.doc.get("channels"), _KIND)
    whom = safe(str(step.doc.get("contact") or ""))
    yield safe(str(step.doc.get("by") or step.doc.get("owner") or "")) + (f" → {whom}" if whom else "")
