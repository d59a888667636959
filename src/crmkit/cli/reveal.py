"""`crm reveal`: a secret in plain text; who read it, when and why is kept."""

from __future__ import annotations

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Spec
from crmkit.cli._words import IDENT, WHY
from crmkit.i18n import N_, _

SPEC = Spec(
    about=N_("show a secret in plain text; who, when and why go into the access log"),
    args=(IDENT, Arg("name", N_("FIELD"), N_("the field, such as id_number or bank_account"))),
    options=(WHY,),
    examples=(
        (N_("an ID card number, for a contract"), "crm reveal 李明 id_number --why '签合同核对'"),
        (N_("into another program, never onto a command line"), "crm reveal 李明 bank_account | wl-copy"),
    ),
    notes=(N_("The log is the dossier's access.yaml; it is committed before the value is shown."),),
)


def run(cli: Cli, *, ident: str, name: str, why: str) -> int:
    """Log, then print."""
    from crmkit.actions import reveal

    text, prepared = reveal.reveal(cli.session, cli.ident(ident), name, why)
    if cli.given["dry_run"]:
        cli.out.note(_("the value is shown only together with the entry in the access log"))
        return 0
    done = prepared.apply()
    if done.notice:
        cli.out.warn(f"note: {done.notice}")
    if cli.out.is_json:
        cli.out.value({"id": done.id, "field": name, "value": text})
    else:
        cli.out.lines([text])
    return 0
