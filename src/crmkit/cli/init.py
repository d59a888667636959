"""`crm init`: make a new book."""

from __future__ import annotations

from crmkit import i18n
from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.i18n import N_, _

SPEC = Spec(
    about=N_("make a new book: a folder with crm.yaml, as a git repository"),
    args=(
        Arg("directory", N_("DIR"), N_("the folder (this one, if not said)"), required=False, complete="dir"),
    ),
    options=(
        Opt("review", ("--review",), N_("new customers and contracts wait for review"), off="--no-review"),
        Opt("server", ("--server",), N_("a hub instead: a bare repository that takes only rightful pushes")),
        Opt("sample", ("--sample",), N_("fill it with the sample customers, to try things out")),
    ),
    examples=(
        (N_("a book in Chinese"), "crm init mybook --lang zh"),
        (N_("one to play with"), "crm init demo --sample"),
        (N_("the hub of a team, on the server"), "crm init --server /srv/crm.git"),
    ),
)


def run(cli: Cli, *, directory: str, review: bool | None, server: bool, sample: bool) -> int:
    """Make the book, and say what comes next."""
    from crmkit.actions import init

    if server:
        return _hub(cli, directory)

    made = init.init(
        cli.cwd / (directory or "."),
        cli.given["lang"] or i18n.language(),
        bool(review),
        sample=sample,
        actor=cli.given["actor"] or None,
        env=cli.env,
        dry_run=bool(cli.given["dry_run"]),
        anywhere=bool(cli.given["yes"]),
    )
    if cli.out.is_json:
        cli.out.value(made.to_json())
    else:
        cli.out.lines([str(made.path)])
    step = f"cd {directory} && " if directory and directory != "." else ""
    cli.out.note(
        _("next: {step}crm add customer name=...").format(step=step)
        if not sample
        else _("next: {step}crm due").format(step=step)
    )
    return 0


def _hub(cli: Cli, directory: str) -> int:
    from crmkit.actions import server

    made = server.server(cli.cwd / (directory or "."), dry_run=bool(cli.given["dry_run"]))
    if cli.out.is_json:
        cli.out.value(made.to_json())
    else:
        cli.out.lines([str(made.path)])
    cli.out.note(
        _("next, in the book: git remote add origin {path} && git push -u origin main").format(path=made.path)
    )
    return 0
