"""Help: what it is, examples first, then words and options."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crmkit.cli._spec import GLOBALS, Arg, Opt, Spec, options_of
from crmkit.i18n import N_, _
from crmkit.values.safe import pad, width

_START = (
    (N_("a book in this folder's sub-folder `book`"), N_("crm init book && cd book")),
    (N_("a customer"), N_("crm add customer name='Acme Machinery Ltd' contacts.0.name='Wang'")),
    (
        N_("a call, and what comes next"),
        N_("crm log acme --channel phone --content 'first call' --next 'send offer' --by +3d"),
    ),
    (N_("what is due"), N_("crm due")),
    (N_("read up before a call"), N_("crm show acme")),
)
_COLUMN = 34
"""Wider left columns put their text on the next line."""


def overview() -> str:
    """Return the help of `crm` itself."""
    from crmkit.cli.app import COMMANDS, GROUPS

    lines = [_("crm: customers, follow-ups and deals as plain files in git"), "", _("Examples")]
    lines += _examples(_START)
    for title, verbs in GROUPS:
        lines += ["", _(title)]
        lines += two_columns((v, _(COMMANDS[v][1])) for v in verbs)
    lines += ["", _("Options of every command, before or after it")]
    lines += two_columns((_left(o), _(o.help)) for o in GLOBALS)
    lines += ["", _("More: crm help COMMAND")]
    return "\n".join(lines) + "\n"


def command(verb: str, spec: Spec) -> str:
    """Return the help of one command."""
    lines = [f"crm {verb}: {_(spec.about)}"]
    if spec.examples:
        lines += ["", _("Examples"), *_examples(spec.examples)]
    lines += ["", _("Usage"), f"  {usage(verb, spec)}"]
    if spec.args:
        lines += ["", _("Words"), *two_columns((_(a.metavar), _(a.help)) for a in spec.args)]
    if spec.options:
        lines += ["", _("Options"), *two_columns((_left(o), _(o.help)) for o in spec.options)]
    for note in spec.notes:
        lines += ["", *(line for part in _(note).splitlines() for line in _wrapped(part))]
    everywhere = " ".join(o.flags[-1] for o in options_of(spec)[len(spec.options) :])
    lines += ["", _("Options of every command, before or after it"), *_wrapped(everywhere)]
    return "\n".join(lines) + "\n"


def usage(verb: str, spec: Spec) -> str:
    """Return the usage line: `crm list KIND [QUERY ...] [options]`."""
    words = ["crm", verb, *(_word(a) for a in spec.args)]
    options = _("options")
    return " ".join([*words, f"[{options}]"]) if spec.options else " ".join(words)


def _word(arg: Arg) -> str:
    shown = _(arg.metavar) + (" ..." if arg.many else "")
    return shown if arg.required else f"[{shown}]"


def _left(option: Opt) -> str:
    flags = ", ".join(option.flags) + (f" / {option.off}" if option.off else "")
    return f"{flags} {_(option.metavar)}" if option.metavar else flags


def _examples(examples: Sequence[tuple[str, str]]) -> list[str]:
    lines = []
    for what, line in examples:
        lines += (
            [f"  {_(line)}", f"      {_(what)}"]
            if width(_(line)) > _COLUMN
            else [f"  {pad(_(line), _COLUMN)}  {_(what)}"]
        )
    return lines


def two_columns(pairs: Iterable[tuple[str, str]]) -> list[str]:
    rows = list(pairs)
    column = min(max((width(left) for left, _text in rows), default=0), _COLUMN)
    lines = []
    for left, text in rows:
        first, *more = fold(text, max(80 - column - 4, 20))
        if width(left) > column:
            lines += [f"  {left}", f"  {' ' * column}  {first}"]
        else:
            lines.append(f"  {pad(left, column)}  {first}")
        lines += [f"  {' ' * column}  {line}" for line in more]
    return lines


def _wrapped(text: str) -> list[str]:
    return [f"  {line}" for line in fold(text, 76)]


def fold(text: str, columns: int) -> list[str]:
    """Break a text into lines of at most `columns`; Chinese may break anywhere."""
    lines, line = [], ""
    for word in _words(text):
        if line and width(line) + width(word.rstrip()) > columns:
            lines.append(line.rstrip())
            line = ""
        line += word
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _words(text: str) -> list[str]:
    words, word = [], ""
    for char in text:
        wide = width(char) > 1
        if wide and char not in "，。、；：？！）」》”":
            if word:
                words.append(word)
            word = char
            continue
        word += char
        if char == " ":
            words.append(word)
            word = ""
    return [*words, word] if word else words
