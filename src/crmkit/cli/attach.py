"""`crm attach`: a document filed with its customer."""

from __future__ import annotations

from pathlib import Path

from crmkit.cli._context import Cli
from crmkit.cli._spec import Arg, Opt, Spec
from crmkit.cli._words import CUSTOMER
from crmkit.errors import UsageError
from crmkit.i18n import N_, _

SPEC = Spec(
    about=N_("file a document with a customer, named <company>-<document>-<YYYY-MM>"),
    args=(
        CUSTOMER,
        Arg(
            "files",
            N_("FILE"),
            N_("what to file; without one, what is filed is listed"),
            required=False,
            many=True,
            complete="file",
        ),
    ),
    options=(
        Opt(
            "document",
            ("--as",),
            N_("what it is: 营业执照, 合同扫描件 (else the file's name says it)"),
            N_("DOCUMENT"),
        ),
        Opt("day", ("--date",), N_("its month (this one, if not said)"), N_("DATE"), complete="date"),
    ),
    examples=(
        (N_("a business licence"), "crm attach 北京示例 scan001.pdf --as 营业执照"),
        (N_("of another month"), "crm attach 北京示例 合同.pdf --as 合同扫描件 --date 2024-05-20"),
        (N_("what is filed"), "crm attach 北京示例"),
    ),
    notes=(
        N_(
            "The file is copied into the dossier's folder files/ and committed with the book. Git keeps every\n"
            "version of every file: crm.yaml limits the size (attachments: 20 MB), and large files belong into\n"
            "git-lfs."
        ),
    ),
)


def run(cli: Cli, *, customer: str, files: tuple[str, ...], document: str, day: str) -> int:
    """File the documents, or list what is filed."""
    from crmkit.actions import attach
    from crmkit.values import size

    ident = cli.ident(customer)
    if not files:
        if document or day:
            raise UsageError(N_("which file?"), hint=N_("crm attach CUSTOMER FILE --as DOCUMENT"))
        found = attach.attachments(cli.session, ident)
        if cli.out.is_json:
            cli.out.value([f.to_json() for f in found])
        else:
            cli.out.lines(f"{f.name}\t{size.show(f.bytes)}" if cli.out.terminal else f.path for f in found)
        return 0
    paths = [cli.cwd / Path(f).expanduser() for f in files]
    made = attach.attach(cli.session, ident, paths, document, day)
    big = [p.name for p in paths if p.stat().st_size >= attach.LARGE]
    if big:
        text = _("{names}: large for git, which keeps it for ever; git lfs track '*.pdf' keeps it beside")
        cli.out.note("hint: " + text.format(names=", ".join(big)))
    return cli.change(made)
