"""What can be done with records from several screens: each asks, and makes one change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from crmkit.errors import CrmError
from crmkit.i18n import _, ngettext
from crmkit.tui.dialogs.confirm import Confirm, Pick
from crmkit.tui.dialogs.form import Form
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.actions._write import Done, Prepared
    from crmkit.actions.session import Session
    from crmkit.tui.app import CrmApp
    from crmkit.tui.dialogs.form import Values


async def edit(app: CrmApp, ident: str, first: str = "") -> None:
    """Edit a record in a form."""
    from crmkit.actions import amend
    from crmkit.tui.dialogs.edit import Edit

    was = await app.desk.read(lambda session: amend.start(session, ident))
    await app.ask(Edit(was, first))


async def add(app: CrmApp, kind: str, customer: str = "") -> Done | None:
    """Add a record of a kind; what lies in a dossier comes beside its customer."""
    from crmkit.actions import add as adding
    from crmkit.actions import amend

    asks = await app.desk.read(lambda session: amend.blank(session, kind))
    label = await app.desk.read(lambda session: _(session.kind(kind).label))
    form = Form(
        _("New: {kind}").format(kind=label),
        asks,
        lambda session, values: adding.add(session, kind, customer or None, amend.assignments(values)),
    )
    return await app.ask(form)


async def log(app: CrmApp, customer: str) -> None:
    """Log a contact that took place."""
    from crmkit.actions import log as logging
    from crmkit.actions import questions

    asked = await app.desk.read(lambda session: questions.to_log(session, customer))
    form = Form(
        _("A contact that took place"),
        asked.asks,
        lambda session, values: logging.log(session, customer, questions.entry_of(values)),
        first="content",
    )
    await app.ask(form)


async def done(app: CrmApp, key: str, title: str = "", about: Text | str = "") -> None:
    """Answer a due row, or complete a planned follow-up."""
    from crmkit.actions import questions

    asked = await app.desk.read(lambda session: questions.to_do(session, key))
    form = Form(
        _("Done: {name}").format(name=title or key),
        asked.asks,
        lambda session, values: questions.do(session, key, values),
        about=about,
        first="content",
    )
    await app.ask(form)


async def snooze(app: CrmApp, key: str, title: str = "", about: Text | str = "") -> None:
    """Put a due row or a planned follow-up off, with the reason."""
    from crmkit.actions import questions
    from crmkit.actions import snooze as snoozing

    asked = await app.desk.read(lambda session: questions.to_snooze(session, key))
    form = Form(
        _("Snooze: {name}").format(name=title or key),
        asked.asks,
        lambda session, v: snoozing.snooze(session, key, v.get("until", ""), v.get("why", "")),
        about=about,
    )
    await app.ask(form)


async def plan(app: CrmApp, customer: str) -> None:
    """Plan a follow-up."""
    from crmkit.actions import plan as planning
    from crmkit.actions import questions

    asked = await app.desk.read(lambda session: questions.to_plan(session, customer))

    def make(session: Session, values: Values) -> Prepared:
        more = [f"{k}={v}" for k, v in values.items() if k not in {"due", "reason"} and v]
        return planning.plan(session, customer, values.get("due", ""), values.get("reason", ""), more)

    await app.ask(Form(_("Plan a follow-up"), asked.asks, make))


async def set_many(app: CrmApp, idents: Sequence[str], words: Sequence[str], what: str) -> None:
    """Change a field of one record or of many; many are asked about first."""
    from crmkit.actions import set as setting

    if len(idents) > 1:
        count = len(idents)
        title = ngettext("{what}: {n} record", "{what}: {n} records", count).format(what=what, n=count)
        diff = await app.desk.write(lambda session: setting.set_fields(session, idents, words).diff)
        from crmkit.tui.dialogs.diff import coloured

        if not await app.ask(Confirm(title, coloured(diff), yes=_("Change them"))):
            return
    await app.act(lambda session: setting.set_fields(session, idents, words))


async def tag(app: CrmApp, idents: Sequence[str]) -> None:
    """Add tags to records, or take some away with a minus before them."""
    from crmkit.actions import form, tags
    from crmkit.tui.dialogs.line import Line

    known = await app.desk.read(lambda session: session.index.values("customer", "tags"))
    ask = form.Ask("tags", _("Tags"), hint=_("new, -old"))
    text = await app.ask(Line(_("Tag"), ask, known))
    if text:
        await set_many(app, idents, tags.words(text), _("Tag"))


async def hand_over(app: CrmApp, idents: Sequence[str]) -> None:
    """Give customers to a colleague, with all that is open; says first what goes along."""
    from crmkit.actions import form, mv

    people = await app.desk.read(form.people)
    who = await app.ask(Pick(_("Who takes it over?"), people))
    if not who:
        return
    matters = await app.desk.read(lambda session: mv.matters(session, idents))
    count = len(idents)
    title = ngettext("Hand over {n} customer to {who}?", "Hand over {n} customers to {who}?", count)
    along = "\n".join(f"{m.due}  {m.name}  {m.reason}" for m in matters)
    text = _("goes along:") + "\n" + along if along else ""
    if await app.ask(Confirm(title.format(n=count, who=who), text, yes=_("Hand over"))):
        await app.act(lambda session: mv.hand_over(session, idents, who))


async def secret(app: CrmApp, ident: str) -> None:
    """Show a secret for a minute; who looked, when and why is written first."""
    from crmkit.actions import dossier, form, reveal
    from crmkit.tui.dialogs.line import Line
    from crmkit.tui.dialogs.reader import Reader

    names = await app.desk.read(lambda session: dossier.secrets(session, ident))
    if not names:
        app.toast(_("no secret is kept here"))
        return
    name = names[0][0] if len(names) == 1 else await app.ask(Pick(_("Which one?"), names))
    ask = form.Ask("why", _("Why"), hint=_("it goes to the access log"))
    why = await app.ask(Line(_("Show a secret"), ask)) if name else None
    if not name or why is None:
        return

    def shown(session: Session) -> str:
        plain, logged = reveal.reveal(session, ident, name, why)
        logged.apply()
        return plain

    text = Text(safe(await app.desk.write(shown)))
    await app.ask(Reader(dict(names)[name], text, seconds=app.SHOWN))


async def remove(app: CrmApp, ident: str, title: str) -> None:
    """Remove a record, after a question."""
    from crmkit.actions import rm

    text = _("git keeps it: u brings it back. A customer goes with the whole dossier.")
    sure = Confirm(_("Remove {name}?").format(name=title), text, yes=_("Remove"), danger=True)
    if await app.ask(sure):
        await app.act(lambda session: rm.remove(session, ident))


async def in_editor(app: CrmApp, ident: str) -> None:
    """Edit a record's file in the person's own editor, back and forth until it is right or given up."""
    from crmkit.actions import edit as editing
    from crmkit.errors import Conflict, Invalid

    if app.paper is None:
        raise CrmError(_("no editor was found"))
    sheet = await app.desk.read(lambda session: editing.start(session, ident))
    paper = app.paper(sheet.text, sheet.path)
    while True:
        with app.suspend():
            text = paper.edit()
        app.refresh()
        if not editing.clean(text).strip() or text == sheet.text:
            paper.discard()
            return
        try:
            await app.make(lambda session, text=text: editing.finish(session, sheet, text))  # type: ignore[misc]
        except Conflict as conflict:
            from crmkit.tui.dialogs.reader import Reader

            paper.write(editing.clean(text))
            kept = _("your text is kept in {path}").format(path=paper.path)
            await app.ask(Reader(str(conflict), Text(f"{kept}\n\n{editing.clean(text)}")))
            return
        except CrmError as wrong:
            problems = getattr(wrong, "problems", ())
            again = Confirm(str(wrong), _lines(problems) or str(wrong.hint), yes=_("Back to the editor"))
            if not isinstance(wrong, Invalid) or not await app.ask(again):
                paper.discard()
                raise
            paper.write(editing.annotate(text, problems))
        else:
            paper.discard()
            return


def _lines(problems: Sequence[object]) -> str:
    return "\n".join(str(p) for p in problems)
