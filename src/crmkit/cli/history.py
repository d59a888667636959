"""`crm history`: what happened to a record, and how the pipeline moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._render import style
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.errors import UsageError
from crmkit.i18n import N_, _
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions.history import Step

SPEC = Spec(
    about=N_("every change with time, field, old and new value, and who made it"),
    args=(
        Arg(
            "ident",
            N_("ID"),
            N_("a record, or a customer for its whole dossier"),
            required=False,
            complete="id",
        ),
        Arg(
            "field",
            N_("FIELD"),
            N_("only this field, such as contacts.phone"),
            required=False,
            complete="field",
        ),
    ),
    options=(
        Opt(
            "diff",
            ("--diff",),
            N_("how the pipeline moved between two days: A..B"),
            N_("A..B"),
        ),
    ),
    examples=(
        (N_("a customer with everything in its dossier"), "crm history 北京示例"),
        (N_("one field"), "crm history 北京示例 contacts.phone --reveal"),
        (N_("what moved in the pipeline last quarter"), "crm history --diff 2024-04-01..2024-06-30"),
    ),
)
NAMES = ("at", "id", "kind", "what", "field", "entry", "old", "new", "by", "commit")


def run(cli: Cli, *, ident: str, field: str, diff: str) -> int:
    """Print the steps, the oldest first."""
    if diff:
        return _movement(cli, diff)
    if not ident:
        raise UsageError(
            N_("the history of what?"),
            hint=N_("crm history ID [FIELD], or crm history --diff 2024-04-01..2024-06-30"),
        )
    from crmkit.actions import history

    steps = history.history(cli.session, cli.ident(ident), field, reveal=bool(cli.given["reveal"]))
    if cli.out.asked and cli.out.format != "table":
        cli.out.rows(NAMES, [s.to_json() for s in steps])
        return 0
    customer = bool(steps) and len({s.record for s in steps}) > 1
    cli.out.text("".join(f"{_line(s, cli, whose=customer)}\n" for s in steps))
    if not steps:
        cli.out.note(_("nothing is known of that in git"))
    return 0


def _line(step: Step, cli: Cli, *, whose: bool) -> str:
    """Return `2024-03-15 14:30 contacts.phone 138…→139… (王经理) by 张三`."""
    words = [style(step.at.strftime("%Y-%m-%d %H:%M"), "dim", on=cli.out.colour)]
    if whose and step.kind != "customer":
        words.append(safe(step.record))
    if step.what == "moved":
        words.append(_("number {old}→{new}").format(old=safe(str(step.old)), new=safe(str(step.new))))
    elif step.what == "added":
        words.append(_("added: {title}").format(title=safe(_short(step.new))))
    elif step.what == "removed":
        words.append(_("removed: {title}").format(title=safe(_short(step.old))))
    else:
        words.append(style(safe(step.field), "bold", on=cli.out.colour))
        words.append(f"{safe(_short(step.old))}→{safe(_short(step.new))}")
    if step.entry:
        words.append(f"({safe(step.entry)})")
    words.append(_("by {name}").format(name=safe(step.by)))
    return " ".join(words)


_LONG = 80


def _short(value: object) -> str:
    text = " ".join(str("" if value is None else value).split())
    return text if len(text) <= _LONG else text[: _LONG - 1] + "…"


def _movement(cli: Cli, diff: str) -> int:
    from crmkit.actions import movement

    moved = movement.movement(cli.session, diff)
    if cli.out.is_json:
        cli.out.value(moved.to_json())
    elif cli.out.asked and cli.out.format != "table":
        cli.out.rows(movement.COLUMNS, [m.to_json() for m in moved.deals])
    else:
        from crmkit.cli import _movement as page

        cli.out.text(page.draw(cli, moved))
    return 0
