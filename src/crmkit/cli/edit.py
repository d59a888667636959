"""`crm edit`: a record in the person's own editor, back and forth until it is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Spec
from crmkit.cli._words import IDENT
from crmkit.errors import Conflict, CrmError, Invalid, Refused
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions.edit import Sheet
    from crmkit.cli._editor import Sheet as Paper

SPEC = Spec(
    about=N_("edit a record in your editor (CRM_EDITOR, VISUAL, EDITOR)"),
    args=(IDENT,),
    examples=(
        (N_("a customer"), "crm edit 北京示例"),
        (N_("with an editor of your choice"), "EDITOR='code --wait' crm edit 7k3m"),
    ),
    notes=(N_("What is wrong comes back as comments above the line; an empty text gives up."),),
)


def run(cli: Cli, *, ident: str) -> int:
    """Edit the record."""
    from crmkit.actions import edit

    return loop(cli, edit.start(cli.session, cli.ident(ident)))


def loop(cli: Cli, sheet: Sheet) -> int:
    """Open the editor until the text is valid or given up; what was typed is never lost."""
    from crmkit.actions import edit
    from crmkit.cli import _editor

    paper = _editor.Sheet(sheet.text, sheet.path or f"{sheet.kind}.yaml", cli.env)
    try:
        return _rounds(cli, sheet, paper)
    except BaseException:
        # what is kept is kept in plain text: no secret may be in it
        paper.rewrite(lambda text: edit.without_secrets(cli.session, sheet.kind, text))
        raise


def _rounds(cli: Cli, sheet: Sheet, paper: Paper) -> int:
    from crmkit.actions import edit

    shown = sheet.text
    while True:
        text = paper.edit()
        if not edit.clean(text).strip():
            paper.discard()
            raise Refused(N_("given up; nothing was written"))
        if shown != sheet.text and text == shown:
            raise Refused(
                N_("nothing was put right; nothing was written"),
                hint=N_("your text is kept in {path}"),
                path=str(paper.path),
            )
        try:
            code = cli.change(edit.finish(cli.session, sheet, text))
        except Conflict as conflict:
            paper.write(edit.clean(text))
            raise Refused(
                conflict.message, hint=N_("your text is kept in {path}"), path=str(paper.path)
            ) from conflict
        except CrmError as wrong:
            problems = getattr(wrong, "problems", ())
            if not problems:
                raise
            if not cli.interactive:
                paper.discard()
                raise Invalid(wrong.message, problems) from wrong
            shown = edit.annotate(text, problems)
            paper.write(shown)
        else:
            paper.discard()
            return code
