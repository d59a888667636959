"""The command line: a static table of commands, of which only the one that is called is imported."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from crmkit import i18n
from crmkit.cli import _parse
from crmkit.cli._spec import GLOBALS, LANGUAGES, Spec, options_of
from crmkit.errors import UsageError
from crmkit.i18n import N_, _

COMMANDS: dict[str, tuple[str, str]] = {
    "due": ("crmkit.cli.due", N_("what is due, and why")),
    "dash": ("crmkit.cli.dash", N_("the dashboard: the day's work on one screen")),
    "log": ("crmkit.cli.log", N_("log a contact that took place, and the next step")),
    "plan": ("crmkit.cli.plan", N_("plan a follow-up")),
    "done": ("crmkit.cli.done", N_("a follow-up or a due row is done")),
    "snooze": ("crmkit.cli.snooze", N_("put it off to another day")),
    "cancel": ("crmkit.cli.cancel", N_("drop a planned follow-up")),
    "show": ("crmkit.cli.show", N_("a customer's page, or one record")),
    "card": ("crmkit.cli.card", N_("the follow-up reminder card: text, page or PDF")),
    "list": ("crmkit.cli.listing", N_("records that a query finds")),
    "find": ("crmkit.cli.find", N_("search everything, by text or pinyin")),
    "history": ("crmkit.cli.history", N_("what changed, when, from what to what, by whom")),
    "tier": ("crmkit.cli.tier", N_("the level that a customer's data speak for")),
    "report": ("crmkit.cli.report", N_("reports on the whole book, such as the weekly review")),
    "add": ("crmkit.cli.add", N_("add a record")),
    "set": ("crmkit.cli.set", N_("change fields of one record or of many")),
    "health": ("crmkit.cli.health", N_("how healthy customers are, and the risk of losing them")),
    "lead": ("crmkit.cli.lead", N_("the grade of each lead, with points")),
    "guide": ("crmkit.cli.guide", N_("the working instructions, and where a customer stands")),
    "stage": ("crmkit.cli.stage", N_("a deal or a customer into another stage")),
    "edit": ("crmkit.cli.edit", N_("edit a record in your editor")),
    "review": ("crmkit.cli.review", N_("what waits for your review; the quarter's status review")),
    "submit": ("crmkit.cli.submit", N_("hand a customer or a contract over for review")),
    "approve": ("crmkit.cli.approve", N_("approve what was submitted; a customer gets its number")),
    "return": ("crmkit.cli.send_back", N_("send it back for correction, with the reason")),
    "mv": ("crmkit.cli.mv", N_("hand customers over to a colleague")),
    "rm": ("crmkit.cli.rm", N_("remove a record")),
    "sync": ("crmkit.cli.sync", N_("meet the others' clones: commit, fetch, merge, push")),
    "undo": ("crmkit.cli.undo", N_("take back the last change")),
    "dupes": ("crmkit.cli.dupes", N_("customers that are probably one")),
    "merge": ("crmkit.cli.merge", N_("make one customer of two; nothing is lost")),
    "attach": ("crmkit.cli.attach", N_("file a document with a customer, under its proper name")),
    "import": ("crmkit.cli.importing", N_("take records in from Excel, CSV and other files")),
    "export": ("crmkit.cli.export", N_("records as Excel, CSV and other files; what is due as a calendar")),
    "cron": ("crmkit.cli.cron", N_("let the reminders come by themselves")),
    "notify": ("crmkit.cli.notify", N_("tell everybody once what is due")),
    "reveal": ("crmkit.cli.reveal", N_("show a secret; who and why is kept")),
    "keys": ("crmkit.cli.keys", N_("who may read the secrets")),
    "forget": ("crmkit.cli.forget", N_("hand out, erase or anonymise a customer's data")),
    "init": ("crmkit.cli.init", N_("make a new book")),
    "check": ("crmkit.cli.check", N_("find what is wrong in the files")),
    "doctor": ("crmkit.cli.doctor", N_("find what is wrong with the set-up")),
    "completion": ("crmkit.cli.completion", N_("print the completion script of a shell")),
    "merge-file": ("crmkit.cli.merge_file", N_("git's merge driver for records")),
    "help": ("crmkit.cli.help", N_("help on a command")),
}

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (N_("Every day"), ("dash", "due", "log", "plan", "done", "snooze", "cancel")),
    (N_("Look"), ("show", "card", "list", "find", "history", "report")),
    (N_("Change"), ("add", "set", "edit", "mv", "rm", "undo", "sync")),
    (N_("Judge and decide"), ("tier", "health", "lead", "stage", "guide")),
    (N_("Review"), ("review", "submit", "approve", "return")),
    (N_("Secrets"), ("reveal", "keys", "forget")),
    (N_("In and out"), ("import", "export", "attach", "dupes", "merge")),
    (N_("The book"), ("init", "notify", "cron", "check", "doctor", "completion", "merge-file", "help")),
)

_MEANT = {
    other: verb
    for verb, others in {
        "add": "new create insert",
        "approve": "accept confirm",
        "cancel": "abort drop",
        "done": "finish complete close",
        "due": "today todo next agenda status",
        "export": "dump",
        "find": "search grep query",
        "import": "load upload",
        "dupes": "duplicates dedupe dedup",
        "merge": "join combine unify",
        "attach": "file upload_file document",
        "list": "ls all",
        "log": "call note visit",
        "plan": "remind schedule task",
        "rm": "delete del remove",
        "set": "update change modify",
        "return": "reject sendback",
        "show": "get view open cat info",
        "snooze": "postpone defer delay",
        "undo": "revert back",
        "check": "validate lint verify",
    }.items()
    for other in others.split()
}
"""What other programs call the same thing."""

_TODAY = "crmkit.cli.today"


def load(verb: str) -> ModuleType:
    """Import the module of a command ("" is the bare `crm`)."""
    return import_module(COMMANDS[verb][0] if verb else _TODAY)


def run(argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> int:
    """Run `crm ARGV` and return its exit code. Raises CrmError for whatever people can put right."""
    if argv[:1] == ["__complete"]:
        from crmkit.cli import _complete

        return _complete.main(argv[1:], env, cwd)
    i18n.set_language(choose_language(argv, env, cwd))
    verb, rest = _parse.split(argv)
    if verb and verb not in COMMANDS:
        raise unknown(verb)
    module = load(verb)
    spec: Spec = module.SPEC
    values = read(verb, spec, rest)
    given = {o.name: values.pop(o.name) for o in GLOBALS}
    if given["version"]:
        return _version()
    from crmkit.cli._context import Cli

    books = given["book"] or (() if os.pathsep not in env.get("CRM_BOOK", "") else _listed(env, cwd))
    given["book"] = books[-1] if books else ""
    cli = Cli(given, env, cwd)
    if len(set(books)) > 1 and not given["help"]:
        from crmkit.cli import _books

        each = {book: Cli({**given, "book": book}, env, cwd) for book in books}
        return _books.run(verb, module, values, each)
    if given["help"]:
        from crmkit.cli import _help

        told = getattr(module, "told", None)  # a command may have more to say of its first word
        cli.out.text(_help.command(verb, told(values) if told else spec) if verb else _help.overview())
        return 0
    return int(module.run(cli, **values) or 0)


def read(verb: str, spec: Spec, argv: Sequence[str]) -> dict[str, Any]:
    """Return the values of `crm VERB ARGV`, global ones included; UsageError where it is not understood."""
    words = _parse.negations(spec, argv)
    values = _parse.lean(spec, words)
    if values is None and _wants_help(argv):
        return {**_parse.defaults(spec.args, options_of(spec)), "help": True}
    if values is None:
        from crmkit.cli import _typer

        values = _typer.parse(verb, spec, words)
    for arg in spec.args:
        if arg.choices and values[arg.name]:
            _choice(_(arg.metavar), values[arg.name], arg.choices)
    for option in options_of(spec):
        if option.choices and values[option.name]:
            _choice(option.flags[-1], values[option.name], option.choices)
        if option.number and values[option.name] and not str(values[option.name]).isdecimal():
            raise UsageError(
                N_("{option} wants a number, not {value!r}"),
                option=option.flags[-1],
                value=values[option.name],
            )
    return values


def _listed(env: Mapping[str, str], cwd: Path) -> tuple[str, ...]:
    """Return the books of a CRM_BOOK that lists several, like PATH."""
    said = env["CRM_BOOK"]
    if (cwd / said / "crm.yaml").is_file():
        return ()
    return tuple(part for part in said.split(os.pathsep) if part)


def _wants_help(argv: Sequence[str]) -> bool:
    words = argv[: list(argv).index("--")] if "--" in argv else argv
    return "--help" in words or "-h" in words


def _choice(flag: str, value: str, choices: Sequence[str]) -> None:
    if value in choices:
        return
    from crmkit.values.suggest import nearest

    near = nearest(value, choices)
    raise UsageError(
        N_("{option} cannot be {value!r}"),
        hint=N_("did you mean {near}?") if near else N_("one of: {choices}"),
        option=flag,
        value=value,
        near=near or "",
        choices=", ".join(choices),
    )


def unknown(verb: str) -> UsageError:
    """Return the error for a command that there is not, with what was probably meant."""
    from crmkit.values.suggest import nearest

    near = _MEANT.get(verb.lower()) or nearest(verb, COMMANDS)
    if near:
        return UsageError(
            N_("there is no command {verb!r}"), hint=N_("did you mean: crm {near}"), verb=verb, near=near
        )
    hint = N_("to look for it: crm find {verb}; all commands: crm --help")
    return UsageError(N_("there is no command {verb!r}"), hint=hint, verb=verb)


def choose_language(argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> str:
    """`--lang`, CRM_LANG, the locale where it names one of ours, the book's, English; in that order."""
    said = _parse.peek(argv, "--lang") or env.get("CRM_LANG", "")
    if said in LANGUAGES:
        return said
    return i18n.from_environment(env) or _book_language(_parse.peek(argv, "--book"), env, cwd) or "en"


def _book_language(book: str, env: Mapping[str, str], cwd: Path) -> str:
    """Read the one line `language: zh` of crm.yaml; help has no other business with the book."""
    start = Path(book or env.get("CRM_BOOK", "") or cwd)
    folders = (start,) if book or env.get("CRM_BOOK") else (cwd, *cwd.parents)
    for folder in folders:
        try:
            text = (folder / "crm.yaml").read_text("utf-8", errors="replace")
        except OSError:
            continue
        for line in text.splitlines():
            if line.startswith("language:"):
                said = line.removeprefix("language:").split("#")[0].strip(" \"'")
                return said if said in LANGUAGES else ""
        return ""
    return ""


def _version() -> int:
    from crmkit import __version__
    from crmkit.cli import _render

    _render.write(_("crm {version}").format(version=__version__) + "\n")
    return 0
