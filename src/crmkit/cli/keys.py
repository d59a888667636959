"""`crm keys`: who may read the book's secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Spec
from crmkit.errors import UsageError
from crmkit.i18n import N_, _

if TYPE_CHECKING:
    from crmkit.actions.keys import Reader

ACTIONS = ("init", "list", "add", "remove", "rotate")

SPEC = Spec(
    about=N_("who may read the secrets (ID card numbers, bank accounts): make a key, let in, keep out"),
    args=(
        Arg("action", N_("ACTION"), N_("init, list, add, remove, rotate"), choices=ACTIONS),
        Arg("name", N_("NAME"), N_("whom to let in or keep out"), required=False, complete="member"),
        Arg(
            "key",
            N_("KEY"),
            N_("the public key: age1... or ssh-ed25519 ... (else crm.yaml's)"),
            required=False,
        ),
    ),
    examples=(
        (N_("make your own key, once on each machine"), "crm keys init"),
        (N_("who can read"), "crm keys list"),
        (N_("let a colleague read"), "crm keys add 李四 age1..."),
        (N_("a colleague leaves"), "crm keys remove 李四"),
    ),
    notes=(
        N_(
            "The private key: ~/.config/crmkit/identity.txt, or what CRM_AGE_KEY_FILE names. Keep a copy of it."
        ),
        N_(
            "Whoever is kept out can still read the history that he has; what is written afterwards he cannot."
        ),
    ),
)
NAMES = ("name", "key", "dossiers", "of", "me", "member")


def run(cli: Cli, *, action: str, name: str | None, key: str | None) -> int:
    """Do the action."""
    from crmkit.actions import keys

    if action in {"add", "remove"} and not name:
        raise UsageError(N_("crm keys {action} wants a NAME"), action=action)
    if action not in {"add", "remove"} and name:
        raise UsageError(N_("crm keys {action} takes no name"), action=action)
    if action == "list":
        return _list(cli, keys.listed(cli.session))
    if action == "init":
        return _init(cli)
    if action == "add":
        return cli.change(keys.add(cli.session, name or "", key or ""))
    if action == "rotate":
        return cli.change(keys.rotate(cli.session))
    code = cli.change(keys.remove(cli.session, name or ""))
    cli.out.note(
        _("{name} cannot read what is written from now on; the history that he has he still can").format(
            name=name
        )
    )
    return code


def _init(cli: Cli) -> int:
    from crmkit.actions import keys
    from crmkit.crypt import identity

    if cli.given["dry_run"]:
        cli.out.note(_("would use or make the private key {path}").format(path=identity.place(cli.env)))
        return 0
    public, made, prepared = keys.init(cli.session)
    if made:
        cli.out.note(
            _(
                "your private key: {path} (keep a copy in a safe place: without it your secrets are lost)"
            ).format(path=identity.place(cli.env))
        )
    code = cli.change(prepared) if prepared else 0
    cli.out.note(_("your public key: {key}").format(key=public))
    if prepared is None:
        who = cli.session.actor_name
        cli.out.warn(
            _("let somebody who keeps crm.yaml let you in: crm keys add {name} {key}").format(
                name=who, key=public
            )
        )
    return code


def _list(cli: Cli, readers: list[Reader]) -> int:
    cli.out.rows(NAMES, [r.to_json() for r in readers])
    if not readers:
        cli.out.note(_("nobody has a key yet: crm keys init"))
    return 0
