"""From the words typed to a command's values.

Two readers over one table (`_spec`): the lean one below, which starts in a millisecond and understands every
ordinary line, and typer's (`_typer`), which is asked about all others and finds the errors.
A test holds them equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmkit.cli._spec import GLOBALS, Arg, Opt, Spec, options_of

_OPERATORS = (":", "=", "<", ">", " ", "(")


def defaults(args: Sequence[Arg], options: Sequence[Opt]) -> dict[str, Any]:
    """Return the value of each word that was not typed."""
    values: dict[str, Any] = {a.name: () if a.many else "" for a in args}
    for o in options:
        values[o.name] = () if o.many else "" if o.metavar else None if o.off else False
    return values


def by_flag(options: Sequence[Opt]) -> dict[str, Opt]:
    """Return options by each of their spellings."""
    return {flag: o for o in options for flag in (*o.flags, *((o.off,) if o.off else ()))}


def split(argv: Sequence[str]) -> tuple[str, list[str]]:
    """Return the verb ("" where there is none) and the rest, the global options before it among them."""
    flags = by_flag(GLOBALS)
    i = 0
    while i < len(argv):
        word = argv[i]
        if not word.startswith("-") or word == "-":
            return word, [*map(_everywhere, argv[:i]), *argv[i + 1 :]]
        option = flags.get(word.partition("=")[0])
        i += 2 if option and option.metavar and "=" not in word else 1
    return "", list(argv)


def _everywhere(word: str) -> str:
    """Return a word before the verb as it is understood behind it, where the verb may have an `--as` of its own."""
    name, equals, value = word.partition("=")
    return f"--actor{equals}{value}" if name == "--as" else word


def peek(argv: Sequence[str], name: str) -> str:
    """Return what a global option is set to, read without knowing the command (language, book)."""
    found = ""
    for i, word in enumerate(argv):
        if word == "--":
            break
        if word == name and i + 1 < len(argv):
            found = argv[i + 1]
        elif word.startswith(name + "="):
            found = word.partition("=")[2]
    return found


def negations(spec: Spec, argv: Sequence[str]) -> list[str]:
    """Turn `-status:lost` and `-旧` into `not ...` where the command takes a query: no option is meant."""
    if not any(a.query for a in spec.args):
        return list(argv)
    flags = by_flag(options_of(spec))
    words: list[str] = []
    value_follows = False
    for i, word in enumerate(argv):
        if word == "--":
            return [*words, *argv[i:]]
        negated = not value_follows and len(word) > 1 and word[0] == "-" and word[1] != "-"
        if negated and (any(c in word for c in _OPERATORS) or not word.isascii()):
            words.append(f"not {word[1:]}")
        else:
            words.append(word)
        option = None if value_follows else flags.get(word)
        value_follows = bool(option and option.metavar)
    return words


def lean(spec: Spec, argv: Sequence[str]) -> dict[str, Any] | None:
    """Return the values of an ordinary line; None where typer has to look at it (an error, `-qy`, help)."""
    options = options_of(spec)
    flags = by_flag(options)
    values = defaults(spec.args, options)
    words: list[str] = []
    rest = iter(argv)
    for word in rest:
        if word == "--":
            words.extend(rest)
        elif len(word) < 2 or word[0] != "-":
            words.append(word)
        elif not _option(flags, values, word, rest):
            return None
    return values if _positionals(spec, values, words) else None


def _option(flags: dict[str, Opt], values: dict[str, Any], word: str, rest: Any) -> bool:
    name, equals, value = word.partition("=")
    option = flags.get(name)
    if option is None or (equals and not (option.metavar and name.startswith("--"))):
        return False
    if not option.metavar:
        values[option.name] = name != option.off
        return True
    if not equals:
        following = next(rest, None)
        if following is None:
            return False
        value = following
    values[option.name] = (*values[option.name], value) if option.many else value
    return True


def _positionals(spec: Spec, values: dict[str, Any], words: list[str]) -> bool:
    for arg in spec.args:
        if arg.many:
            values[arg.name], words = tuple(words), []
        elif words:
            values[arg.name] = words.pop(0)
        if arg.required and not values[arg.name]:
            return False
    return not words
