"""PyYAML's C parser with a lean walk, and the limits that keep hostile files harmless."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import is_
from typing import Any

from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    NodeEvent,
    ScalarEvent,
    StreamEndEvent,
)
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from crmkit.errors import Problem
from crmkit.yaml import _explain, _fast
from crmkit.yaml.read import MAX_BYTES, MAX_DEPTH, Unreadable
from yaml import YAMLError

NULLS = frozenset(("", "~", "null"))
# Bytes that a well-behaved record rarely holds: only then are the exact, slower checks worth their time.
_SPECIAL = b"\0\t&*!<>\\"
# What `_fast` must not see: those, control characters, and the first byte of U+0080 to U+00BF.
_UNUSUAL = _SPECIAL + bytes(range(32)).replace(b"\n", b"") + b"\x7f\xc2"
_ODD_CHARACTER = re.compile("[\u2028\u2029\ufeff\ufffe\uffff]")
_PROPERTY = re.compile(rb"(?:^|[\s\[{,:?-])[&*!]", re.MULTILINE)
_CONFLICT = re.compile(rb"^(?:<{7}|>{7})(?:[ \r\n]|\Z)", re.MULTILINE)
_MERGE_KEY = re.compile(rb"(?:^|[\s\[{,?-])<<[ \t]*:", re.MULTILINE)
_TAB = re.compile(rb"^ *\t", re.MULTILINE)
_NUL_ESCAPE = re.compile(rb"\\(?:0|x00|u0000|U00000000)")
_OPENERS = (b"[", b"{", b"- ", b"? ", b": ", b"-\n", b"-\t", b"?\t", b":\t", b":\n", b",")
_MANY_OPENERS = 500  # the C composer recurses: far below what overflows its stack
_MANY_PROBLEMS = 20
_MANY_EVENTS = 100_000  # a megabyte of `x,` would take seconds


class _Loader(CParser):
    """The C parser without typing: its three hooks are builtins, which cost less than any method.

    The composer stores what `resolve` returns as the node's tag, which nobody reads.
    """

    resolve = slice
    descend_resolver = is_
    ascend_resolver = bool


def compose(raw: bytes) -> Node | None:
    """Return the node tree of one document, None for an empty one; may raise YAMLError.

    Marks count characters from after the byte order mark.
    """
    loader: Any = _Loader(raw)
    node: Node | None = loader.get_single_node()
    return node


def parse(raw: bytes, path: str, *, empty_ok: bool = False) -> dict[str, Any]:
    """Return the data of `raw`; see `read.load`."""
    if len(raw) > MAX_BYTES:
        raise Unreadable([_explain.too_big(path, len(raw), MAX_BYTES)])
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable([_explain.encoding(raw, path, error.start)]) from None
    if len(raw.translate(None, _UNUSUAL)) == len(raw) and not _ODD_CHARACTER.search(text):
        try:
            return _fast.read(text)
        except _fast.Odd:
            pass
    elif len(raw.translate(None, _SPECIAL)) != len(raw):
        _check_special(raw, text, path)
    if len(raw) > 4 * _MANY_OPENERS and sum(map(raw.count, _OPENERS)) > _MANY_OPENERS:
        _check_events(raw, text, path)
    try:
        root = compose(raw)
    except YAMLError as error:
        raise Unreadable([_explain.syntax(error, text, path)]) from None
    if root.__class__ is MappingNode:
        bad: list[tuple[str, Node, tuple[str | int, ...]]] = []
        data = _mapping(root, 1, bad, ())
        if bad:
            raise Unreadable(
                [_explain.node(code, node, steps, text, path) for code, node, steps in bad[:_MANY_PROBLEMS]]
            )
        return data
    if root is None and empty_ok:
        return {}
    raise Unreadable([_explain.not_mapping(root, text, path)])


def _mapping(
    node: Any, depth: int, bad: list[tuple[str, Node, tuple[str | int, ...]]], at: tuple[str | int, ...]
) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in node.value:
        if key.__class__ is not ScalarNode:
            bad.append(("yaml.key", key, at))
            continue
        name = key.value
        if name in out:
            bad.append(("yaml.duplicate_key", key, (*at, name)))
        elif not name and not key.style:
            bad.append(("yaml.key", key, at))
        if value.__class__ is ScalarNode:
            text = value.value
            out[name] = None if text in NULLS and not value.style else text
        else:
            out[name] = _collection(value, depth + 1, bad, (*at, name))
    return out


def _collection(
    node: Any, depth: int, bad: list[tuple[str, Node, tuple[str | int, ...]]], at: tuple[str | int, ...]
) -> Any:
    if depth > MAX_DEPTH:
        if not any(code == "yaml.too_deep" for code, _, _ in bad):
            bad.append(("yaml.too_deep", node, at[:3]))
        return None
    if node.__class__ is MappingNode:
        return _mapping(node, depth, bad, at)
    out: list[Any] = []
    for value in node.value:
        if value.__class__ is ScalarNode:
            text = value.value
            out.append(None if text in NULLS and not value.style else text)
        else:
            out.append(_collection(value, depth + 1, bad, (*at, len(out))))
    return out


def _check_special(raw: bytes, text: str, path: str) -> None:
    if b"\0" in raw or raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable([_explain.nul(raw, path)])
    if b"<<<<<<<" in raw or b">>>>>>>" in raw:
        _check_conflicts(raw, path)
    if b"\t" in raw:
        _check_tabs(raw, text, path)
    if (
        ((b"&" in raw or b"*" in raw or b"!" in raw) and _PROPERTY.search(raw))
        or (b"<<" in raw and _MERGE_KEY.search(raw))
        or (b"\\" in raw and _NUL_ESCAPE.search(raw))
    ):
        _check_events(raw, text, path)


def _check_conflicts(raw: bytes, path: str) -> None:
    conflicts = [m.start() for m in _CONFLICT.finditer(raw)]
    if conflicts:
        raise Unreadable([_explain.conflict(raw, at, path) for at in conflicts[:_MANY_PROBLEMS]])


def _check_tabs(raw: bytes, text: str, path: str) -> None:
    """Let a tab be content inside quotes and block texts, refuse it in the indentation elsewhere."""
    leading = [m.end() - 1 for m in _TAB.finditer(raw)]
    if not leading:
        return
    try:
        spans = _quoted_spans(raw)
    except YAMLError:
        spans = []
    skip = 1 if text.startswith("\ufeff") else 0
    for at in leading:
        index = len(raw[:at].decode("utf-8")) - skip
        if not any(start <= index < end for start, end in spans):
            raise Unreadable([_explain.tab(raw, at, path)])


def _quoted_spans(raw: bytes) -> list[tuple[int, int]]:
    return [
        (event.start_mark.index, event.end_mark.index)
        for event in _events(raw)
        if getattr(event, "style", None)  # only scalars have one
    ]


def _events(raw: bytes) -> Any:
    loader: Any = _Loader(raw)
    while True:
        event = loader.get_event()
        yield event
        if event is None or isinstance(event, StreamEndEvent):
            return


def _check_events(raw: bytes, text: str, path: str) -> None:
    """Refuse depth, anchors, aliases, tags, merge keys and NULs before anything is built from them."""
    bad: list[Problem] = []
    depth = 0
    try:
        for count, event in enumerate(_events(raw)):
            if count > _MANY_EVENTS:
                bad.append(_explain.event("yaml.too_many", event, text, path))
                break
            if isinstance(event, CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    bad.append(_explain.event("yaml.too_deep", event, text, path))
                    break
            elif isinstance(event, CollectionEndEvent):
                depth -= 1
            code = _forbidden(event)
            if code:
                bad.append(_explain.event(code, event, text, path))
                if len(bad) >= _MANY_PROBLEMS:
                    break
    except YAMLError as error:
        bad = bad or [_explain.syntax(error, text, path)]
    if bad:
        raise Unreadable(bad)


def _forbidden(event: Any) -> str:
    if not isinstance(event, NodeEvent):
        return ""
    if isinstance(event, AliasEvent):
        return "yaml.alias"
    if event.anchor is not None:
        return "yaml.anchor"
    if getattr(event, "tag", None) is not None:
        return "yaml.tag"
    if isinstance(event, ScalarEvent):
        if event.value == "<<" and not event.style:
            return "yaml.merge"
        if "\0" in event.value:
            return "yaml.nul"
    return ""


def find(root: Node | None, steps: Sequence[str | int]) -> tuple[Any, bool]:
    """Return the node whose mark stands for `steps` (a key where there is one) and whether it was found."""
    here: Any = root
    mark: Any = root
    for step in steps:
        if isinstance(here, MappingNode):
            found = next(((k, v) for k, v in here.value if k.value == step), None)
            if found is None:
                return mark, False
            mark, here = found
        elif isinstance(here, SequenceNode):
            if not isinstance(step, int) or not 0 <= step < len(here.value):
                return mark, False
            mark = here = here.value[step]
        else:
            return mark, False
    return mark, True


def line_of(root: Node | None, raw: bytes, steps: Sequence[str | int]) -> int:
    """Return the line of `steps`; see `Document.line`."""
    if root is None:
        return 1
    node, _found = find(root, steps)
    return _explain.line_at(raw.decode("utf-8"), node.start_mark.index)
