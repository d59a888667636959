"""How a command describes its words: one table, read by the parser, by typer, by `--help` and by completion.

Plain tuples, so that a command's module costs nothing to import; typer is imported only for what the lean
parser does not understand (see `_parse`).
"""

from __future__ import annotations

from typing import NamedTuple

from crmkit.i18n import N_


class Arg(NamedTuple):
    """A word without a dash.

    `many` takes all the words that are left; `query` says that a leading dash negates (`-status:lost`);
    `complete` names what completion offers: kind, id, customer, assignment, query, command, shell; `choices` are
    all that the word may be.
    """

    name: str
    metavar: str
    help: str
    required: bool = True
    many: bool = False
    query: bool = False
    complete: str = ""
    choices: tuple[str, ...] = ()


class Opt(NamedTuple):
    """An option. Without `metavar` it is a flag; `off` is the flag's opposite and makes the default None."""

    name: str
    flags: tuple[str, ...]
    help: str
    metavar: str = ""
    many: bool = False
    choices: tuple[str, ...] = ()
    number: bool = False
    off: str = ""
    complete: str = ""


class Spec(NamedTuple):
    """A command: what it is for, its words, and examples as `(what it does, the line to type)`.

    `formats` are what `--format` may say here beside the usual ones.
    """

    about: str
    args: tuple[Arg, ...] = ()
    options: tuple[Opt, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()


FORMATS = ("table", "json", "jsonl", "csv", "tsv", "ids")
LANGUAGES = ("zh", "en")

GLOBALS = (
    Opt(
        "book",
        ("--book",),
        N_("the book's folder (else CRM_BOOK, else the folder above); repeated: several books"),
        N_("DIR"),
        many=True,
        complete="dir",
    ),
    Opt(
        "actor",
        ("--actor", "--as"),
        N_("who is acting (else CRM_USER, else git's user.email)"),
        N_("NAME"),
        complete="member",
    ),
    Opt("lang", ("--lang",), N_("language of all texts"), "zh|en", choices=LANGUAGES),
    Opt("on", ("--on",), N_("take this day or time for now"), N_("WHEN"), complete="date"),
    Opt("format", ("--format",), N_("how to print"), N_("FORMAT"), choices=FORMATS),
    Opt("json", ("--json",), N_("the same as --format json")),
    Opt("quiet", ("-q", "--quiet"), N_("say nothing but data and errors")),
    Opt("no_color", ("--no-color",), N_("no colours")),
    Opt("no_pager", ("--no-pager",), N_("never page long output")),
    Opt("reveal", ("--reveal",), N_("show contact details that are masked otherwise")),
    Opt("dry_run", ("--dry-run",), N_("show the change as a diff and make none")),
    Opt("yes", ("-y", "--yes"), N_("do not ask")),
    Opt("version", ("--version",), N_("print the version")),
    Opt("help", ("-h", "--help"), N_("print this help")),
)
"""Accepted before and after every verb."""


def options_of(spec: Spec) -> tuple[Opt, ...]:
    """Return the options of a command with those of every command, `--format` with all that it may say here.

    A flag that the command has for itself means that behind the verb (`crm attach X FILE --as 营业执照`).
    """
    own = {flag for o in spec.options for flag in o.flags}
    everywhere = (o._replace(flags=tuple(f for f in o.flags if f not in own)) for o in GLOBALS)
    everywhere = (
        o._replace(choices=(*o.choices, *spec.formats)) if o.name == "format" and spec.formats else o
        for o in everywhere
    )
    return (*spec.options, *everywhere)
