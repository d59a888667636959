"""What every command is handed: the global options, the book opened on demand, the output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmkit.cli._render import Output
from crmkit.errors import Ambiguous, CrmError, Problem, Refused, UsageError
from crmkit.i18n import N_, _, ngettext

if TYPE_CHECKING:
    from crmkit.actions._write import Done, Prepared
    from crmkit.actions.session import Session


_NAMED = 3
"""Broken files that are named beside a list; `crm check` names all."""


class Cli:
    """One call of `crm`."""

    def __init__(self, given: Mapping[str, Any], env: Mapping[str, str], cwd: Path) -> None:
        """`given` are the global options by name."""
        self.given = given
        self.env = env
        self.cwd = cwd
        self.out = Output(given, env)

    @cached_property
    def session(self) -> Session:
        """The book, opened and its index brought up to date when first asked for."""
        from crmkit.actions.session import open_session
        from crmkit.cli import _progress

        given = self.given
        session = open_session(
            book=given["book"] or None,
            actor=given["actor"] or None,
            on=given["on"] or None,
            env=self.env,
            cwd=self.cwd,
            progress=None if self.out.quiet else _progress.on_terminal(N_("reading the book")),
        )
        self.out.words = type(self.out.words)(session.settings)
        return session

    def look_back(self, at: str, ident: str = "") -> str:
        """Let the session be on the book as it stood at a moment, where one is named; its clock too, without `--on`.

        Return what the record that goes by `ident` was called then.
        """
        if not at:
            return ident
        from crmkit.actions import at as past

        then = past.open_at(self.session, at, clock=not self.given["on"])
        ident = past.name_then(self.session, then, ident) if ident else ""
        self.__dict__["session"] = then
        if self.out.terminal:
            self.out.note(_("the book as it stood on {day}").format(day=then.past))
        return ident

    @property
    def interactive(self) -> bool:
        """Whether somebody is there to answer questions."""
        from crmkit.cli import _prompt

        return _prompt.interactive() and not self.out.is_json

    # -- words

    def ident(self, text: str) -> str:
        """Return what names one record; of several that `text` may mean, a person at a terminal picks."""
        if not self.interactive or "/" in text:
            return text
        try:
            return self.session.resolve(text).id
        except Ambiguous as several:
            from crmkit.cli import _prompt

            sys.stderr.write(f"{several}\n")
            return _prompt.choose(_("which one?"), several.candidates)
        except CrmError:
            return text

    def idents(self, words: Sequence[str]) -> list[str]:
        """Return the ids meant by `words`; `-` reads them from stdin, the first column of each line."""
        if "-" not in words:
            return [self.ident(w) for w in words]
        found = [line.split("\t")[0].strip() for line in self.stdin().splitlines()]
        return [i for w in words for i in ([f for f in found if f] if w == "-" else [w])]

    def fields(self, words: Sequence[str], *, text: str = "") -> list[str]:
        """Return `field=value` words with `field=@file` and `field=-` read; UsageError for any other word.

        `text` is the option that a bare text was probably meant for.
        """
        return [self._field(word, text) for word in words]

    def _field(self, word: str, text: str) -> str:
        name, equals, value = word.partition("=")
        if not equals or not name.rstrip("+-"):
            from crmkit.values.shell import quoted

            raise UsageError(
                N_("{word!r} is not a field=value"),
                hint=N_("a text goes behind {option}: {option} {typed}")
                if text
                else N_("fields are written field=value, tags+=value"),
                word=word,
                option=text,
                typed=quoted(word),
            )
        from crmkit.records.entry import Unseen

        if value == "-":
            hidden = self._hidden(name)
            return Unseen(f"{name}={self.stdin().rstrip(chr(10)) if hidden is None else hidden}")
        if value.startswith("@") and len(value) > 1:
            return Unseen(f"{name}={self.file(value[1:]).rstrip(chr(10))}")
        return word

    def _hidden(self, name: str) -> str | None:
        """Return a secret that is asked for on a terminal without showing it; None for what is read from stdin."""
        from crmkit.cli import _prompt

        if not self.interactive or not self._secret(name.rstrip("+-")):
            return None
        return _prompt.hidden(name.rstrip("+-"))

    def _secret(self, name: str) -> bool:
        """Whether a field of that name, or label, is a secret of some kind of record."""
        from crmkit.records.place import by_label

        plain = ".".join(w for w in name.split(".") if not w.strip().isdecimal())
        specs = self.session.catalog.kinds.values()
        return any(
            f.name == plain or f.name == by_label(spec, plain)
            for spec in specs
            for f in spec.marked("secret")
        )

    def value(self, text: str) -> str:
        """Return an option's text; `-` reads stdin, `@file` a file."""
        if text == "-":
            return self.stdin().strip()
        return self.file(text[1:]).strip() if text.startswith("@") and len(text) > 1 else text

    def file(self, name: str) -> str:
        """Return a file's text; `-` is stdin."""
        if name == "-":
            return self.stdin()
        try:
            return (self.cwd / name).read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UsageError(N_("{name} is not UTF-8 text"), name=name) from None

    def stdin(self) -> str:
        """Return all of stdin; it can be read once."""
        if getattr(self, "_stdin_read", False):
            raise UsageError(N_("stdin (-) can be read only once"))
        self._stdin_read = True
        try:
            return sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UsageError(N_("what came from stdin is not UTF-8 text")) from None

    # -- changes

    def change(
        self,
        prepared: Prepared,
        *,
        ask: str = "",
        saved: Callable[[Done], str] | None = None,
        more: Callable[[Done], Iterable[str]] | None = None,
    ) -> int:
        """Make a change, or with `--dry-run` show it; `ask` is the question to put first (with the diff).

        `saved` words what was done otherwise than by its files, `more` gives lines to say after it.
        """
        if self.given["dry_run"]:
            self._dry_run(prepared)
            return 0
        if ask and not self.given["yes"]:
            self.consent(prepared.diff, ask)
        done = prepared.apply()
        self._ids(done)
        if not done.changed:
            self.out.note(_("nothing to change"))
        else:
            self.out.note(saved(done) if saved else _files(done) + self._undo_hint(done))
            for line in more(done) if more and not self.out.quiet else ():
                self.out.note(line)
        self.problems(done.warnings)
        if done.notice:
            self.out.warn(f"note: {done.notice}")
        return 0

    def _ids(self, done: Done) -> None:
        """Print what was changed on stdout: the ids, or what was asked for."""
        if self.out.is_json:
            self.out.value(done.to_json())
        elif self.out.format in {"csv", "tsv"} and self.out.asked:
            self.out.rows(("id", "kind", "path"), [done.to_json()])
        else:
            self.out.lines(dict.fromkeys([done.id, *done.also]) if done.id else [])

    def _undo_hint(self, done: Done) -> str:
        return commit_of(done) + (_("; crm undo takes it back") if done.commit and self.out.terminal else "")

    def problems(self, problems: Sequence[Problem]) -> None:
        """Tell warnings on stderr."""
        for problem in problems:
            hint = f" - {problem.hint}" if str(problem.hint) else ""
            label = problem.severity
            self.out.note(f"{label}: {problem.field or problem.path}: {problem.text}{hint}")

    def _dry_run(self, prepared: Prepared) -> None:
        if self.out.is_json:
            self.out.value({**prepared.dry_run().to_json(), "diff": prepared.diff})
        else:
            from crmkit.cli import _diff

            self.out.text(_diff.show(prepared.diff, colour=self.out.colour))

    def consent(self, diff: str, question: str) -> None:
        """Show what would change and ask; Refused without a yes, or where nobody is there to say it."""
        if not self.interactive:
            raise Refused(N_("this wants a yes"), hint=N_("look with --dry-run, then repeat with --yes"))
        from crmkit.cli import _diff, _prompt

        sys.stderr.write(_diff.show(diff, colour=self.out.colour))
        if not _prompt.confirm(question):
            raise Refused(N_("stopped; nothing was written"))

    # -- reading

    def attention(self, *, settings: bool = False) -> None:
        """Name on stderr the files that hold errors; what was printed stands beside them.

        With `settings` also what in crm.yaml may keep something from falling due.
        """
        count = self.session.index.attention()
        found = self.session.index.of_settings() if settings else ()
        for problem in found[:_NAMED]:
            self.out.warn(f"{problem.severity}: {problem}")
        if not count:
            if found:
                self.out.warn("hint: " + _("see what is wrong: crm check"))
            return
        broken = {p.path: None for p in self.session.index.problems() if p.severity == "error"}
        shown = ", ".join([*broken][:_NAMED]) + (", …" if count > _NAMED else "")
        words = ngettext("{n} file needs attention: {shown}", "{n} files need attention: {shown}", count)
        self.out.warn(words.format(n=count, shown=shown))
        self.out.warn("hint: " + _("see what is wrong: crm check"))


def commit_of(done: Done) -> str:
    """Return the commit that a change became, to be set behind what is said of it."""
    return f" ({done.commit[:7]})" if done.commit else ""


def _files(done: Done) -> str:
    if len(done.changed) == 1:
        text = _("removed {path}") if done.removed else _("saved {path}")
        return text.format(path=done.changed[0])
    count = len(done.changed)
    return ngettext("saved {n} file", "saved {n} files", count).format(n=count)
