"""What is wrong with a file and the way out of it, in words of the person who edits it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from crmkit.errors import Message, Problem, msg
from crmkit.i18n import N_

_BREAK = re.compile(r"\r\n|\r|\n")
_FULL_WIDTH_COLON = re.compile(r"^[ ]*(?:- +)?[^\s:#'\"：][^:#'\"：]*：")
_TIGHT_COLON = re.compile(r"^[ ]*(?:- +)?(\w+):(?=[^\s/:])")

_FORBIDDEN = {
    "yaml.anchor": (
        N_("an anchor (&...) stands here"),
        N_("write the value out; if the text really begins with &, put it in double quotes"),
    ),
    "yaml.alias": (
        N_("an alias (*...) stands here"),
        N_("write the value out; if the text really begins with *, put it in double quotes"),
    ),
    "yaml.merge": (N_("a merge key (<<) stands here"), N_("write the fields out instead")),
    "yaml.tag": (
        N_("a tag (!...) stands here"),
        N_("leave the tag out; if the text really begins with !, put it in double quotes"),
    ),
    "yaml.nul": (N_("a NUL character stands here"), N_("take it out: no text needs one")),
    "yaml.too_deep": (
        N_("nested more than 20 levels deep"),
        N_("no record needs that; is a bracket or a dash missing its other half?"),
    ),
    "yaml.too_many": (
        N_("more values than a record can hold"),
        N_("divide the file into several records"),
    ),
    "yaml.duplicate_key": (
        N_("the key {name!r} stands here for the second time"),
        N_("keep one of the two, or rename one"),
    ),
    "yaml.key": (
        N_("the key of a field must be plain text"),
        N_("write it as `name: value`, one field to a line"),
    ),
}

# What libyaml says, and what that mostly means to somebody who types a record.
_SYNTAX: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        N_("there is a colon where no field can begin"),
        N_("put a text that holds `: ` in double quotes, or mend the indentation here or one line above"),
    ),
    (
        "could not find expected ':'",
        N_("a field without its colon"),
        N_("write it as `name: value`; the lines of a long text go under `name: |`, indented by two spaces"),
    ),
    (
        "did not find expected key",
        N_("this does not continue what stands above"),
        N_("give the fields that belong together the same indentation, and close every quote and bracket"),
    ),
    (
        "did not find expected '-' indicator",
        N_("a list goes on without a dash"),
        N_("begin each entry with `- `, all with the same indentation"),
    ),
    (
        "did not find expected ',' or ']'",
        N_("a list in brackets is not closed or lacks a comma"),
        N_("separate the entries by `, ` and close the list with `]`"),
    ),
    (
        "did not find expected ',' or '}'",
        N_("a group in braces is not closed or lacks a comma"),
        N_("separate the fields by `, ` and close the group with `}`"),
    ),
    (
        "found unexpected end of stream",
        N_("a quote that opens here is never closed"),
        N_('close it; a quote inside a text in double quotes is written \\"'),
    ),
    (
        "found unexpected document indicator",
        N_("a quote that opens here is never closed"),
        N_('close it; a quote inside a text in double quotes is written \\"'),
    ),
    (
        "found unknown escape character",
        N_("a backslash in double quotes that means nothing"),
        N_("write the backslash twice, or use single quotes"),
    ),
    (
        "cannot start any token",
        N_("a text cannot begin with this character"),
        N_("put the text in double quotes"),
    ),
    (
        "did not find expected alphabetic or numeric",
        N_("a text cannot begin with this character"),
        N_("put the text in double quotes"),
    ),
    (
        "block sequence entries are not allowed",
        N_("a list entry cannot begin here"),
        N_("begin the list on a line below its field; a text that begins with `- ` goes in double quotes"),
    ),
    (
        "found a tab character",
        N_("a tab in the indentation"),
        N_("indent with spaces; most editors can turn tabs into spaces"),
    ),
    (
        "control characters are not allowed",
        N_("an invisible control character stands here"),
        N_("take it out, or write the line again by hand"),
    ),
    ("max depth", *_FORBIDDEN["yaml.too_deep"]),
    ("nesting depth", *_FORBIDDEN["yaml.too_deep"]),
)
_UNCLOSED = ("end of stream", "document indicator", "expected ',' or")
_OTHER = (N_("this is not YAML: {reason}"), N_("look at the quotes, colons and the indentation of this line"))


def line_at(text: str, index: int) -> int:
    """Return the line (from 1) of a parser's index, which does not count the byte order mark."""
    return len(_BREAK.findall(text, 0, index + text.startswith("\ufeff"))) + 1


def _line_text(text: str, line: int) -> str:
    lines = _BREAK.split(text)
    return lines[line - 1] if 0 < line <= len(lines) else ""


def _problem(path: str, line: int, code: str, message: Message, hint: str, *, field: str = "") -> Problem:
    return Problem(path, line, field, code, "error", message, Message(hint, message.args))


def _byte_line(raw: bytes, at: int) -> int:
    head = raw[:at]
    return head.count(b"\n") + head.count(b"\r") - head.count(b"\r\n") + 1


def too_big(path: str, size: int, limit: int) -> Problem:
    """Say that a file is over the limit."""
    message = msg(N_("the file has {size} bytes; at most {limit} are read"), size=size, limit=limit)
    hint = N_("move long texts into an attachment in the folder `files`")
    return _problem(path, 0, "yaml.too_big", message, hint)


def encoding(raw: bytes, path: str, at: int) -> Problem:
    """Point to bytes that are not UTF-8."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return nul(raw, path)
    message = msg(N_("the file is not UTF-8"))
    try:
        raw.decode("gb18030")
        hint = N_("it looks like GBK: save it as UTF-8, or `iconv -f GB18030 -t UTF-8`")
    except UnicodeDecodeError:
        hint = N_("save it as UTF-8; this line holds a character that was cut or damaged")
    return _problem(path, _byte_line(raw, at), "yaml.encoding", message, hint)


def nul(raw: bytes, path: str) -> Problem:
    """Point to NUL bytes: UTF-16, or blocks that a crash left unwritten."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _problem(path, 1, "yaml.encoding", msg(N_("the file is UTF-16")), N_("save it as UTF-8"))
    line = _byte_line(raw, raw.index(b"\0"))
    if not raw.strip(b"\0"):
        message = msg(N_("the file holds nothing but NUL bytes"))
        return _problem(
            path,
            line,
            "yaml.nul",
            message,
            N_("a crash may have emptied it: get it back with `git checkout`"),
        )
    hint = N_("the file may be damaged: compare it with `git diff`")
    return _problem(path, line, "yaml.nul", msg(N_("a NUL byte stands here")), hint)


def conflict(raw: bytes, at: int, path: str) -> Problem:
    """Point to a line that git left when it could not merge."""
    hint = N_("keep the lines that are right and delete the lines `<<<<<<<`, `=======` and `>>>>>>>`")
    return _problem(
        path, _byte_line(raw, at), "yaml.conflict", msg(N_("a merge conflict that nobody settled")), hint
    )


def tab(raw: bytes, at: int, path: str) -> Problem:
    """Point to a tab in the indentation."""
    message = msg(N_("a tab in the indentation"))
    hint = N_("indent with spaces; most editors can turn tabs into spaces")
    return _problem(path, _byte_line(raw, at), "yaml.tab", message, hint)


def event(code: str, found: Any, text: str, path: str) -> Problem:
    """Refuse what the parser understands and no record needs."""
    message, hint = _FORBIDDEN[code]
    shown = {"yaml.alias": "yaml.anchor", "yaml.merge": "yaml.anchor", "yaml.too_many": "yaml.too_big"}.get(
        code, code
    )
    return _problem(path, line_at(text, found.start_mark.index), shown, msg(message), hint)


def node(code: str, found: Any, steps: Sequence[str | int], text: str, path: str) -> Problem:
    """Refuse likewise a node whose place in the data is known."""
    message, hint = _FORBIDDEN[code]
    shown = "yaml.syntax" if code == "yaml.key" else code
    made = msg(message, name=str(steps[-1])) if code == "yaml.duplicate_key" else msg(message)
    return _problem(
        path, line_at(text, found.start_mark.index), shown, made, hint, field=".".join(map(str, steps))
    )


def not_mapping(root: Any, text: str, path: str) -> Problem:
    """Refuse a document that is empty, a list or a bare text."""
    if root is None:
        hint = N_("delete it, or get its text back with `git checkout`")
        return _problem(path, 0, "yaml.empty", msg(N_("the file is empty")), hint)
    line = line_at(text, root.start_mark.index)
    return _colon(text, line, path) or _problem(
        path, line, "yaml.not_mapping", msg(N_("no fields here")), N_("write one `name: value` to a line")
    )


def _colon(text: str, line: int, path: str) -> Problem | None:
    """Find the two slips that leave a line without a field: a Chinese colon, a colon without its space."""
    found = _line_text(text, line)
    if _FULL_WIDTH_COLON.match(found):
        message = msg(N_("a full-width colon (：) stands after the field's name"))
        return _problem(path, line, "yaml.syntax", message, N_("type `: `, the half-width colon and a space"))
    tight = _TIGHT_COLON.match(found)
    if tight:
        message = msg(N_("no space after the colon of {name!r}"), name=tight[1])
        return _problem(path, line, "yaml.syntax", message, N_("write `{name}: ` with a space"))
    return None


def syntax(error: YAMLError, text: str, path: str) -> Problem:
    """Translate libyaml's error; unknown ones keep its words."""
    if isinstance(error, ReaderError):
        head = text.encode("utf-8")[: error.position]
        line, reason = _byte_line(head, len(head)), str(error.reason)
    elif isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        reason = str(error.problem or error.context or "")
        if error.context_mark and any(words in reason for words in _UNCLOSED):
            mark = error.context_mark  # where it opens, not where the parser lost its way
        line = line_at(text, mark.index) if mark else 0
    else:
        line, reason = 0, str(error)
    if "but found another document" in reason:
        message = msg(N_("a second document begins here"))
        return _problem(
            path, line, "yaml.multiple", message, N_("one record to a file: remove the line `---`")
        )
    for slip in (line, line - 1):
        problem = _colon(text, slip, path)
        if problem:
            return problem
    for words, message_id, hint in _SYNTAX:
        if words in reason:
            code = {
                "found a tab character": "yaml.tab",
                "max depth": "yaml.too_deep",
                "nesting depth": "yaml.too_deep",
            }.get(words, "yaml.syntax")
            if words == "control characters are not allowed":
                code = "yaml.control"
            return _problem(path, line, code, msg(message_id), hint)
    return _problem(path, line, "yaml.syntax", msg(_OTHER[0], reason=reason), _OTHER[1])
