"""What can go wrong, as values (Problem) and as exceptions with an exit code (CrmError)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from crmkit.frozen import dataclass, trusted
from crmkit.frozen import field as dataclass_field

Severity = Literal["error", "warning"]


def _untranslated(msgid: str) -> str:
    return msgid


_translator: list[Callable[[str], str]] = [_untranslated]
"""The translation in force; `i18n` sets it, so that this layer stays the lowest."""


def set_translator(gettext: Callable[[str], str]) -> None:
    """Let `gettext` translate every message from now on."""
    _translator[0] = gettext


@dataclass(frozen=True, slots=True)
class Message:
    """A text that is translated when it is shown, not when it is made.

    Problems and agenda rows are kept in the index, and the next reader may speak another language.
    `msgid` is the English text with `{name}` places; `args` are plain JSON values or Messages.
    """

    msgid: str
    args: Mapping[str, Any] = dataclass_field(default_factory=dict)

    def __str__(self) -> str:
        text = _translator[0](self.msgid) if self.msgid else ""
        if not self.args:
            return text
        shown = self.args
        for name, arg in shown.items():
            if arg.__class__ is Message:
                shown = {**shown, name: str(arg)}
        return text.format_map(shown)

    def to_json(self) -> list[Any]:
        """Return `[msgid, {args}]`, nested messages as `{"msg": [...]}`."""
        return [
            self.msgid,
            {k: {"msg": v.to_json()} if isinstance(v, Message) else v for k, v in self.args.items()},
        ]

    @classmethod
    def from_json(cls, value: Sequence[Any]) -> Message:
        """Read back what `to_json` wrote."""
        msgid, args = value
        for name, arg in args.items():
            if type(arg) is dict and "msg" in arg:
                args = {**args, name: cls.from_json(arg["msg"])}
        return trusted(cls, {"msgid": msgid, "args": args})


def msg(msgid: str, **args: Any) -> Message:
    """Make a Message: `msg(N_("no customer {name!r}"), name=text)`."""
    return Message(msgid, args)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one file: where, what, and the way out.

    `path` is relative to the book with forward slashes; `line` counts from 1, 0 where none applies;
    `field` is a dotted path such as `contacts.0.phone`, "" for the whole file;
    `requirement` is the number (R-001-22) that a check comes from.
    """

    path: str
    line: int
    field: str
    code: str
    severity: Severity
    message: Message
    hint: Message = dataclass_field(default_factory=lambda: Message(""))
    requirement: str = ""

    @property
    def text(self) -> str:
        """The message in the reader's language, with the requirement behind it."""
        return f"{self.message} ({self.requirement})" if self.requirement else str(self.message)

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else self.path
        return f"{where}: {self.field}: {self.text}" if self.field else f"{where}: {self.text}"


class CrmError(Exception):
    """An error meant for people: one line what and where, and a hint what to do next."""

    exit_code = 1

    def __init__(self, message: str | Message, *, hint: str | Message = "", **args: Any) -> None:
        """`message` and `hint` are msgids (see `Message`); `args` fill the places of both."""
        self.message = message if isinstance(message, Message) else Message(message, args)
        self.hint = hint if isinstance(hint, Message) else Message(hint, args if hint else {})
        super().__init__(self.message.msgid)

    def __str__(self) -> str:
        return str(self.message)


class Refused(CrmError):
    """The change was understood and is not made."""


class NotFound(CrmError):
    """Nothing goes by that name."""


class Ambiguous(CrmError):
    """Several records go by that name. `candidates` are `(id, label)`."""

    def __init__(self, message: str | Message, candidates: Sequence[tuple[str, str]], **args: Any) -> None:
        super().__init__(message, **args)
        self.candidates = tuple(candidates)


class UsageError(CrmError):
    """The command's words are off: unknown field, bad query, unreadable date."""

    exit_code = 2


class Invalid(Refused):
    """A change would leave a record with errors. `problems` say which."""

    def __init__(self, message: str | Message, problems: Sequence[Problem], **args: Any) -> None:
        super().__init__(message, **args)
        self.problems = tuple(problems)


class Conflict(Refused):
    """A file is no longer what the change was computed from. `diff` is the change to do again."""

    def __init__(self, message: str | Message, diff: str = "", **args: Any) -> None:
        super().__init__(message, **args)
        self.diff = diff


class ProblemsFound(CrmError):
    """`crm check` found errors."""

    exit_code = 3


def trace(error: BaseException) -> Iterator[str]:
    """Yield where an error happened, for a log: never a message, an argument or a variable, which may be data."""
    import traceback

    cause: BaseException | None = error
    while cause is not None:
        yield f"{type(cause).__module__}.{type(cause).__qualname__}"
        for frame in traceback.extract_tb(cause.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} {frame.name}"
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
