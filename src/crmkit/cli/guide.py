"""`crm guide`: the working instructions, and where one stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Spec
from crmkit.i18n import N_, _, ngettext
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions._guide_text import Step
    from crmkit.actions.guide import Standing

SPEC = Spec(
    about=N_("the working instructions step by step, with the commands; and where a customer stands"),
    args=(
        Arg(
            "step",
            N_("STEP|CUSTOMER"),
            N_(
                "a step (needs, contract ...), a phase (acquisition ...), or a customer; nothing for all steps"
            ),
            required=False,
            complete="guide",
        ),
    ),
    examples=(
        (N_("all steps, and how many customers are in which phase"), "crm guide"),
        (N_("how needs are found out"), "crm guide needs"),
        (N_("where a customer stands, and what is missing to get on"), "crm guide 北京示例"),
    ),
)


def run(cli: Cli, *, step: str) -> None:
    """Print the instructions, or where the customer stands."""
    from crmkit.actions import guide
    from crmkit.actions._guide_text import STEPS, Step

    if not step:
        if cli.out.is_json:
            cli.out.value({"phases": guide.counts(cli.session), "steps": [_json(s) for s in STEPS]})
        else:
            cli.out.text("\n".join(_overview(cli)))
        return
    word = step if guide.step(step) or guide.phase(step) else cli.ident(step)
    found = guide.meant(cli.session, word)
    if isinstance(found, guide.Standing):
        cli.out.value(found.to_json()) if cli.out.is_json else cli.out.text("\n".join(_standing(cli, found)))
        return
    steps = (found,) if isinstance(found, Step) else found
    if cli.out.is_json:
        cli.out.value([_json(s) for s in steps])
    else:
        cli.out.text("\n".join(line for s in steps for line in (*_step(cli, s), "")))


def _json(step: Step) -> dict[str, Any]:
    return {
        "step": step.name,
        "phase": step.phase,
        "title": _(step.title),
        "about": _(step.about),
        "do": [{"text": _(d.text), "line": d.command} for d in step.do],
        "sources": step.sources.split(),
    }


def _overview(cli: Cli) -> Iterator[str]:
    from crmkit.actions import guide
    from crmkit.actions._guide_text import PHASES
    from crmkit.cli._help import two_columns
    from crmkit.cli._render import style

    counts = guide.counts(cli.session)
    for phase, title in PHASES.items():
        n = counts.get(phase)
        many = "" if n is None else "  " + ngettext("{n} customer", "{n} customers", n).format(n=n)
        yield style(_(title), "bold", on=cli.out.colour) + many
        yield from two_columns((s.name, _(s.title)) for s in guide.of_phase(phase))
        yield ""
    yield _("one step: crm guide STEP; where a customer stands: crm guide CUSTOMER")


def _step(cli: Cli, step: Step, number: str = "") -> Iterator[str]:
    from crmkit.cli import _agenda
    from crmkit.cli._render import style

    room = cli.out.page_width
    name = number or step.name
    yield style(_(step.title), "bold", on=cli.out.colour) + f"  ({name})"
    yield from (f"  {line}" for line in _agenda.wrap(_(step.about), room - 2))
    for n, one in enumerate(step.do, 1):
        lines = _agenda.wrap(_(one.text), room - 5)
        yield f"  {n}. {lines[0]}"
        yield from (f"     {line}" for line in lines[1:])
        if one.command:
            yield "     " + style(one.command, "cyan", on=cli.out.colour)
    yield style(f"  {step.sources}", "dim", on=cli.out.colour)


def _standing(cli: Cli, found: Standing) -> Iterator[str]:
    from crmkit.actions._guide_text import PHASES
    from crmkit.cli._render import style

    yield style(safe(found.name), "bold", on=cli.out.colour) + f"  {safe(found.customer)}"
    yield f"  {_(PHASES[found.phase])}"
    yield ""
    current = found.current
    for step, lacking in found.steps:
        mark = "→" if step is current else "○" if lacking else "✓"
        yield f"  {mark} {style(_(step.title), 'bold', on=cli.out.colour and step is current)}  ({step.name})"
        if lacking:
            yield from _lines(cli, [(str(x.text), x.line) for x in lacking])
    yield ""
    if current is None:
        yield _("nothing is missing in this phase")
    else:
        yield _("how it is done: crm guide {step}").format(step=current.name)


def _lines(cli: Cli, pairs: Sequence[tuple[str, str]]) -> Iterator[str]:
    from crmkit.cli._render import style

    for text, line in pairs:
        yield f"      {safe(text)}"
        if line:
            yield "        " + style(safe(line), "cyan", on=cli.out.colour)
