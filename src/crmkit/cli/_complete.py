"""What can stand at the cursor: `crm __complete SHELL WORD ...`, asked by the shells' scripts at every tab.

It imports neither typer nor pydantic. Words come from the same table that parses them; ids, names and values
from the index as it stands (a tab must not wait for it), and what goes wrong is nobody's business here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmkit import i18n
from crmkit.cli import _parse, app
from crmkit.cli._spec import GLOBALS, Arg, Opt, Spec, options_of
from crmkit.i18n import N_, _
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.index import Index

Candidate = tuple[str, str]
SHELLS = ("bash", "zsh", "fish")
FILES, FOLDERS = "\x00files", "\x00dirs"
"""Candidates that tell the shell to offer files or folders itself."""
_MOST = 200
_DAYS = (
    ("today", "今天", N_("today")),
    ("tomorrow", "明天", N_("tomorrow")),
    ("+3d", "3天后", N_("in three days")),
    ("next friday", "下周五", N_("Friday of next week")),
    ("eom", "月底", N_("the month's last day")),
)
_QUERY = (
    ("is:open", N_("not finished")),
    ("is:overdue", N_("due before today")),
    ("is:dormant", N_("dormant")),
    ("has:", N_("the field is set")),
    ("no:", N_("the field is not set")),
    ("not ", N_("all but")),
)


def main(argv: Sequence[str], env: Mapping[str, str], cwd: Path) -> int:
    """Print `value<TAB>description` lines for the last of the words typed so far."""
    from crmkit.cli import _render

    words = list(argv)
    i18n.set_language(app.choose_language(words, env, cwd))
    try:
        found = list(candidates(words, env, cwd))
    except Exception:  # noqa: BLE001 - a tab that finds nothing; the command itself will say what is wrong
        return 0
    shown = dict.fromkeys((v, d) for v, d in found if v)
    _render.write(
        "".join(
            f"{v if v[0] == chr(0) else safe(v)}\t{safe(d)}\n".replace("\x00", "@")
            for v, d in list(shown)[:_MOST]
        )
    )
    return 0


def candidates(words: Sequence[str], env: Mapping[str, str], cwd: Path) -> Iterator[Candidate]:
    """Yield what fits the last word (it may be empty)."""
    *before, word = words or [""]
    verb, rest = _parse.split(before)
    if not verb:
        option = _pending(GLOBALS, before)
        if option:
            yield from _of(_Book(env, cwd, before), option.complete, option.choices, word, [])
        elif word.startswith("-"):
            yield from _flags(GLOBALS, word)
        else:
            yield from _starting(word, ((v, _(what)) for v, (_m, what) in app.COMMANDS.items()))
        return
    if verb not in app.COMMANDS:
        return
    spec: Spec = app.load(verb).SPEC
    options = options_of(spec)
    book = _Book(env, cwd, before)
    option = _pending(options, rest)
    flag, equals, value = word.partition("=")
    if option:
        yield from _of(book, option.complete, option.choices, word, rest)
    elif word.startswith("--") and equals and (known := _parse.by_flag(options).get(flag)) and known.metavar:
        yield from ((f"{flag}={v}", d) for v, d in _of(book, known.complete, known.choices, value, rest))
    elif word.startswith("-") and "--" not in rest:
        yield from _flags(options, word)
    else:
        typed = _typed(options, rest)
        slot = _slot(spec.args, typed)
        if slot:
            yield from _of(book, slot.complete, slot.choices, word, typed)


def _pending(options: Sequence[Opt], words: Sequence[str]) -> Opt | None:
    """Return the option whose value is being typed."""
    flags = _parse.by_flag(options)
    waiting: Opt | None = None
    for word in words:
        option = None if waiting else flags.get(word)
        waiting = option if option and option.metavar else None
    return waiting


def _typed(options: Sequence[Opt], words: Sequence[str]) -> list[str]:
    """Return the words so far that are no options."""
    flags = _parse.by_flag(options)
    plain: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-") and len(word) > 1:
            option = flags.get(word)
            skip = bool(option and option.metavar)
        else:
            plain.append(word)
    return plain


def _slot(args: Sequence[Arg], typed: Sequence[str]) -> Arg | None:
    """Return what the next plain word is."""
    return next((arg for i, arg in enumerate(args) if arg.many or i == len(typed)), None)


def _flags(options: Iterable[Opt], word: str) -> Iterator[Candidate]:
    for option in options:
        for flag in (option.flags[-1], *((option.off,) if option.off else ())):
            if flag.startswith(word):
                yield flag, _(option.help)


def _starting(word: str, pairs: Iterable[Candidate]) -> Iterator[Candidate]:
    folded = word.casefold()
    return ((v, d) for v, d in pairs if v.casefold().startswith(folded))


class _Book:
    """The index of the book at hand, opened at the first question."""

    def __init__(self, env: Mapping[str, str], cwd: Path, words: Sequence[str]) -> None:
        self._where = (_parse.peek(words, "--book") or None, env, cwd)
        self._who = _parse.peek(words, "--as")
        self._index: Index | None = None

    @property
    def index(self) -> Index:
        if self._index is None:
            from crmkit.actions.session import named
            from crmkit.book import layout
            from crmkit.git import plumbing
            from crmkit.index import Index

            book, env = layout.find(*self._where), self._where[1]
            self._index = Index.open(book)
            self._index.look_as(lambda: named(self._who, env, lambda: plumbing.user_email(book.root)))
        return self._index


def _of(
    book: _Book, what: str, choices: Sequence[str], word: str, typed: Sequence[str]
) -> Iterator[Candidate]:
    """Yield the candidates of one slot."""
    if choices:
        yield from _starting(word, ((c, "") for c in choices))
    elif what in {"file", "dir"}:
        yield (FILES if what == "file" else FOLDERS), ""
    elif what == "command":
        yield from _starting(word, ((v, _(about)) for v, (_m, about) in app.COMMANDS.items()))
    elif what == "report":
        from crmkit.actions.report import NAMES

        yield from _starting(word, ((name, _(about)) for name, (_m, about) in NAMES.items()))
    elif what == "shell":
        yield from _starting(word, ((s, "") for s in SHELLS))
    elif what == "date":
        zh = i18n.language() == "zh"
        yield from _starting(
            word, ((chinese, english) if zh else (english, _(about)) for english, chinese, about in _DAYS)
        )
    elif what == "kind":
        yield from _starting(word, ((k.name, _(k.label)) for k in book.index.catalog.kinds.values()))
    elif what == "export":
        beside = (
            ("book", _("all records")),
            ("ics", _("what is due, as a calendar")),
            ("form", _("an Excel form to fill in")),
            ("parquet", _("everything as Parquet files")),
            ("duckdb", _("everything as a DuckDB database")),
        )
        yield from _starting(
            word, [*((k.name, _(k.label)) for k in book.index.catalog.kinds.values()), *beside]
        )
    elif what:
        yield from _from_book(book, what, word, typed)


def _from_book(book: _Book, what: str, word: str, typed: Sequence[str]) -> Iterator[Candidate]:
    index = book.index
    if what in {"id", "customer", "opportunity", "due"}:
        yield from _records(index, what, word)
    elif what == "add":
        kind = index.catalog.kinds.get(typed[0]) if typed else None
        if (
            kind
            and kind.place == "dossier"
            and len([t for t in typed if "=" not in t]) < 2
            and "=" not in word
        ):
            yield from _records(index, "customer", word)
        elif kind:
            yield from _assignment(index, kind.name, word)
    elif what == "set":
        if not typed:
            yield from _records(index, "id", word)
        else:
            yield from _assignment(index, _kind_of(index, typed[0]), word)
    elif what in {"stage", "stage_of"}:
        yield from _staged(index, what, word, typed)
    elif what == "guide":
        from crmkit.actions._guide_text import STEPS

        yield from _starting(word, ((s.name, _(s.title)) for s in STEPS))
        yield from _records(index, "customer", word)
    elif what == "assignment":
        staged = len(typed) > 1 and typed[1] in _stages(index)
        yield from _assignment(index, _kind_of(index, typed[0]) if staged else "followup", word)
    elif what == "importing":
        yield from _assignment(index, "customer", word)
    elif what in {"query", "field"}:
        about = typed[0] if typed and typed[0] in index.catalog.kinds else "customer"
        yield from _query(index, about, word) if what == "query" else _fields(index, about, word)
    elif what == "channel":
        yield from _starting(word, _terms(index, "channel"))
    elif what in {"member", "owner"}:
        people = [(m.name, m.email) for m in index.settings.team]
        yield from _starting(word, [*people, *([("me", ""), ("all", "")] if what == "owner" else [])])


def _records(index: Index, what: str, word: str) -> Iterator[Candidate]:
    """Yield ids that begin with `word`, else names, else what its pinyin or a part of it may mean."""
    kinds = {"customer": ("customer",), "opportunity": ("opportunity",), "due": ("followup",)}.get(what)
    yield from index.ids(word.lower(), kinds)[:_MOST] or index.named(word, kinds, _MOST)


def _staged(index: Index, what: str, word: str, typed: Sequence[str]) -> Iterator[Candidate]:
    """Yield what can go into a stage, or the stages into which the record typed before can go."""
    if what == "stage":
        yield from (*_records(index, "opportunity", word), *_records(index, "customer", word))
    else:
        kind = _kind_of(index, typed[0])
        yield from _starting(word, _terms(index, "stage" if kind == "customer" else "opportunity_stage"))


def _stages(index: Index) -> frozenset[str]:
    terms = index.settings.vocabularies
    return frozenset(code for name in ("stage", "opportunity_stage") for code in terms.get(name, ()))


def _kind_of(index: Index, ident: str) -> str:
    from crmkit.errors import CrmError

    try:
        return index.resolve(ident).kind
    except CrmError:
        return "customer"


def _assignment(index: Index, kind: str, word: str) -> Iterator[Candidate]:
    """`sta` -> `stage=`; `stage=` -> its values."""
    name, equals, value = word.partition("=")
    if not equals:
        for field, label in _fields(index, kind, word, indexed=True):
            yield f"{field}=", label
        return
    plain = ".".join(s for s in name.rstrip("+-").split(".") if not s.isdigit())
    spec = index.catalog.kinds[kind].by_name.get(plain)
    if spec is None:
        return
    known = _terms(index, spec.vocabulary) if spec.vocabulary else _values(index, kind, spec)
    done, comma, last = value.rpartition(",")
    for code, label in _starting(last, known):
        yield f"{name}={done}{comma}{code}", label


def _values(index: Index, kind: str, spec: Any) -> Iterator[Candidate]:
    if spec.type in {"date", "when"}:
        yield from _of(_Book({}, Path(), ()), "date", (), "", [])
    elif spec.type == "boolean":
        yield from (("true", _("yes")), ("false", _("no")))
    else:
        yield from ((v, "") for v in index.values(kind, spec.name)[:_MOST])


def _terms(index: Index, vocabulary: str) -> Iterator[Candidate]:
    language = i18n.language()
    for term in index.settings.vocabularies.get(vocabulary, {}).values():
        yield term.code, term.label(language)


def _fields(index: Index, kind: str, word: str, *, indexed: bool = False) -> Iterator[Candidate]:
    """Yield field names; `contacts` becomes `contacts.0.` where an entry is meant."""
    for spec in index.catalog.kinds[kind].fields:
        if "stamp" in spec.marks or (spec.type == "mapping" and indexed):
            continue
        name = spec.name
        if indexed:
            name = ".".join(
                f"{key}.0" if many and i < len(spec.steps) - 1 else key
                for i, (key, many) in enumerate(spec.steps)
            )
        if name.startswith(word) or (not word.isascii() and _(spec.label).startswith(word)):
            yield name, _(spec.label)


def _query(index: Index, kind: str, word: str) -> Iterator[Candidate]:
    if word.startswith("@"):
        yield from _starting(word, ((f"@{name}", view.query) for name, view in index.settings.views.items()))
        return
    name, colon, value = word.partition(":")
    if not colon:
        yield from _starting(word, ((text, _(about)) for text, about in _QUERY))
        for field, label in _fields(index, kind, word):
            yield f"{field}:", label
        return
    spec = index.catalog.kinds[kind].by_name.get(name)
    if name in {"has", "no"}:
        yield from ((f"{name}:{field}", label) for field, label in _fields(index, kind, value))
    elif spec:
        known = _terms(index, spec.vocabulary) if spec.vocabulary else _values(index, kind, spec)
        done, comma, last = value.rpartition(",")
        for code, label in _starting(last, known):
            yield f"{name}:{done}{comma}{code}", label
