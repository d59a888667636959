"""`crm review`: what waits for a decision; the status review at a quarter's end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.errors import UsageError
from crmkit.i18n import N_, _
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions.review import Standing, Waiting

SPEC = Spec(
    about=N_("what waits for your review, and the status review at the end of a quarter"),
    args=(
        Arg(
            "words",
            N_("WORDS"),
            N_("nothing: what waits; `status`: your customers; `status CUSTOMER=dormant ...`: set it"),
            required=False,
            many=True,
        ),
    ),
    options=(
        Opt("everything", ("--all",), N_("what waits for others too")),
        Opt("done", ("--done",), N_("with `status`: tick the quarter's duty off")),
    ),
    examples=(
        (N_("what waits for me"), "crm review"),
        (
            N_("look at one, then decide"),
            "crm show 示例铝业; crm approve 示例铝业; crm return 示例铝业 --why 缺税号",
        ),
        (N_("my customers, longest without a contact first"), "crm review status"),
        (N_("set what has changed, and tick the duty"), "crm review status 云帆=dormant 远舟=active --done"),
    ),
    notes=(
        N_(
            "a second look at the data is noted on the customer: crm set ID verified.0.what=name verified.0.how=官网"
        ),
        N_(
            "consent likewise: crm set ID consent.by=王经理 consent.on=今天 consent.how=电话 consent.scope=业务联系"
        ),
    ),
)
WAITING = (
    "id",
    "kind",
    "state",
    "title",
    "customer",
    "by",
    "at",
    "reason",
    "missing",
    "problems",
    "alike",
    "mine",
)
STANDING = ("id", "name", "status", "stage", "last_contact", "days")
STATUS = "status"


def run(cli: Cli, *, words: tuple[str, ...], everything: bool, done: bool) -> int:
    """List what waits, or go through the customers' status."""
    from crmkit.actions import review

    if words and words[0] not in {STATUS, _(STATUS), "状态"}:
        raise UsageError(
            N_("{word!r} is nothing to review"),
            hint=N_("crm review, or: crm review status [CUSTOMER=dormant ...] [--done]"),
            word=words[0],
        )
    if words:
        return _status(cli, words[1:], done=done)
    rows = review.waiting(cli.session, everything=everything)
    if cli.out.format == "table":
        cli.out.text("".join(f"{line}\n" for row in rows for line in _lines(row)))
        if not rows:
            cli.out.note(_("nothing waits for you"))
    else:
        cli.out.rows(WAITING, [row.to_json() for row in rows])
    return 0


def _lines(row: Waiting) -> Iterator[str]:
    words = {
        "submitted": _("to be reviewed"),
        "returned": _("returned"),
        "draft": _("not submitted yet"),
        "proposed": _("proposed"),
    }
    name = row.customer if row.state == "proposed" else row.title
    yield safe(f"{words[row.state]}  {name}  {row.by} {row.at[:10]}".rstrip())
    if row.state == "proposed":
        yield "    " + safe(row.title)
    if row.reason:
        yield "    " + _("reason: {reason}").format(reason=safe(row.reason))
    if row.missing:
        yield "    " + _("not filled in: {fields}").format(fields=", ".join(row.missing))
    yield from ("    " + safe(p) for p in row.problems)
    if row.alike:
        yield "    " + _("perhaps the same as: {customers}").format(customers=safe(", ".join(row.alike)))
    if row.mine and row.state in {"submitted", "proposed"}:
        yield f"    crm approve {row.id}   crm return {row.id} --why ..."
    elif row.mine:
        yield f"    crm submit {row.id}"


def _status(cli: Cli, words: tuple[str, ...], *, done: bool) -> int:
    from crmkit.actions import review

    said = [_pair(word) for word in words]
    if not said and not done and cli.interactive:
        said = _asked(cli, review.standings(cli.session))
        done = bool(said) and _yes(_("tick the quarter's review off?"))
    if said or done:
        return cli.change(review.set_status(cli.session, said, done=done))
    rows = [s.to_json() for s in review.standings(cli.session)]
    cli.out.rows(STANDING, rows)
    return 0


def _pair(word: str) -> tuple[str, str]:
    ident, equals, status = word.rpartition("=")
    if not equals or not ident:
        raise UsageError(
            N_("{word!r} is not CUSTOMER=STATUS"), hint=N_("for example: 云帆=dormant"), word=word
        )
    return ident, status


def _asked(cli: Cli, rows: list[Standing]) -> list[tuple[str, str]]:
    """Ask about each customer: an empty answer keeps what is there, q ends it."""
    from crmkit.cli import _prompt

    said = []
    label = cli.session.settings.label
    language = "zh" if cli.session.settings.language == "zh" else "en"
    for row in rows:
        now = label("activity", row.status, language) or _("none")
        last = _("last contact {day}, {n} days ago").format(day=row.last_contact, n=row.days)
        question = f"{safe(row.name)} ({row.id})  {now}  {last if row.last_contact else _('never contacted')}"
        answer = _prompt.ask(question + "  [active/dormant/lost/q]").strip()
        if answer.casefold() == "q":
            break
        if answer:
            said.append((row.id, _SHORT.get(answer.casefold(), answer)))
    return said


_SHORT = {"a": "active", "d": "dormant", "l": "lost"}


def _yes(question: str) -> bool:
    from crmkit.cli import _prompt

    return _prompt.confirm(question)
