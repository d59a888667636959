"""Where things stand in a text: lines, comments and the true extent of the parser's nodes."""

from __future__ import annotations

import re
from typing import Any

from yaml.nodes import MappingNode, ScalarNode, SequenceNode

_BREAKS = "\r\n"
_SKIP = re.compile(r"(?:[ \t\r\n]|#[^\r\n]*)*")
_EOL = re.compile(r"[\r\n]|\Z")
_HEADER = re.compile(r"[|>][-+0-9]*")
_COMMENT_LINE = re.compile(r"( *)#")


def line_start(text: str, at: int) -> int:
    """Return where the line of `at` begins."""
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def line_end(text: str, at: int) -> int:
    """Return where the line of `at` ends, before its line break."""
    found = _EOL.search(text, at)
    return found.start() if found else len(text)


def next_line(text: str, at: int) -> int:
    """Return where the line after that of `at` begins (the length at the end of the text)."""
    end = line_end(text, at)
    return end + (2 if text.startswith("\r\n", end) else 1 if end < len(text) else 0)


def column(text: str, at: int) -> int:
    """Return how many characters stand before `at` on its line."""
    return at - line_start(text, at)


def skip(text: str, at: int) -> int:
    """Return the next place that is neither blank nor comment."""
    found = _SKIP.match(text, at)
    return found.end() if found else at


def header_end(text: str, at: int) -> int:
    """Return the end of the `|-` of a block text."""
    found = _HEADER.match(text, at)
    return found.end() if found else at


def is_block_text(node: Any) -> bool:
    """Return whether the node is a literal or folded block."""
    return isinstance(node, ScalarNode) and node.style in ("|", ">")


def is_block(node: Any) -> bool:
    """Return whether the node is a collection in block style."""
    return isinstance(node, (MappingNode, SequenceNode)) and not node.flow_style


def is_empty(node: Any) -> bool:
    """Return whether nothing stands there."""
    return isinstance(node, ScalarNode) and node.start_mark.index == node.end_mark.index


def extent_end(text: str, node: Any) -> int:
    """Return where the node's own text ends: before trailing line breaks and comments."""
    if is_block(node):
        last = node.value[-1]
        return extent_end(text, last[1] if isinstance(node, MappingNode) else last)
    start, end = node.start_mark.index, node.end_mark.index
    if not is_block_text(node):
        return int(end)
    if "+" in text[start : header_end(text, start)]:
        return int(end) - (
            2 if text.startswith("\r\n", end - 2) else 1 if text[end - 1 : end] in ("\n", "\r") else 0
        )
    return int(start) + len(text[start:end].rstrip(_BREAKS))


def comments_above(text: str, begin: int, floor: int) -> int:
    """Return where the comment directly above `begin` starts, else the start of its line.

    A comment at the very top belongs to the file, not to its first key; nothing before `floor` is looked at.
    """
    start = line_start(text, begin)
    indent = begin - start
    top = start
    while top > floor:
        above = line_start(text, top - (2 if text.startswith("\r\n", top - 2) else 1))
        comment = _COMMENT_LINE.match(text, above)
        if above < floor or comment is None or len(comment[1]) != indent:
            break
        top = above
    return start if top == 0 else top


def comments_below(text: str, at: int, indent: int) -> int:
    """Return the end of the comment lines from `at` on that are indented deeper than `indent`."""
    while at < len(text):
        comment = _COMMENT_LINE.match(text, at)
        if comment is None or len(comment[1]) <= indent:
            break
        at = next_line(text, at)
    return at


class CannotCut(Exception):
    """Signal a way of writing that is not known well enough to be cut into; nobody sees it."""
