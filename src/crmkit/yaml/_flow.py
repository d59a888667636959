"""Cuts in flow collections: `[a, b]` and `{a: 1}`, on one line or over several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from yaml.nodes import MappingNode, ScalarNode

from crmkit.yaml import _place, _scalars
from crmkit.yaml._emit import flow_text, is_collection


@dataclass(frozen=True, slots=True)
class Entry:
    """Where an entry stands, without its comma; `comma` is the place behind that, 0 for none."""

    start: int
    end: int
    comma: int


def entries(text: str, node: Any) -> list[Entry]:
    """Return the entries of a flow collection."""
    found = []
    for item in node.value:
        key, value = item if isinstance(node, MappingNode) else (item, item)
        end = key.end_mark.index if _place.is_empty(value) else _place.extent_end(text, value)
        if key is not value and _place.is_empty(value):
            colon = _place.skip(text, end)
            end = colon + 1 if text[colon : colon + 1] == ":" else end
        comma = _place.skip(text, end)
        found.append(Entry(key.start_mark.index, end, comma + 1 if text[comma : comma + 1] == "," else 0))
    return found


def replace_value(text: str, parent: Any, index: int, value: Any) -> str:
    """Return `text` with another value in an entry."""
    item = parent.value[index]
    key, old = item if isinstance(parent, MappingNode) else (None, item)
    if isinstance(old, ScalarNode) and not is_collection(value):
        new = _scalars.inline(value, flow=True, style=old.style or "", old=old.value)
    else:
        new = flow_text(value)
    if key is None or not _place.is_empty(old):
        return text[: old.start_mark.index] + new + text[old.end_mark.index :]
    at = key.end_mark.index
    colon = _place.skip(text, at)
    if text[colon : colon + 1] != ":":
        return f"{text[:at]}: {new}{text[at:]}"
    return f"{text[: colon + 1]} {new}{text[colon + 1 :].removeprefix(' ')}"


def insert(text: str, newline: str, found: list[Entry], place: int, new: str) -> str:
    """Return `text` with a new entry before the one at `place`, on a line of its own where the others are."""
    near = found[min(place, len(found) - 1)]
    lead = text[_place.line_start(text, near.start) : near.start]
    own_line = not lead.strip(" ")
    gap = newline + lead if own_line else " "
    if place < len(found):
        return f"{text[: near.start]}{new},{gap}{text[near.start :]}"
    done = near.comma or near.end
    eol = _place.line_end(text, done)
    if own_line and (not text[done:eol].strip() or text[done:eol].lstrip().startswith("#")):
        head = text[: near.end] + ("" if near.comma else ",") + text[near.end : eol]
        return head + gap + new + ("," if near.comma else "") + text[eol:]
    return f"{text[: near.end]},{gap}{new}{text[near.end :]}"


def delete(text: str, found: list[Entry], index: int) -> str:
    """Return `text` without an entry and its comma; comments stay where they may be another entry's."""
    entry = found[index]
    if index + 1 < len(found):
        following = found[index + 1].start
        stop = entry.comma if "#" in text[entry.comma : following] else following
        return text[: entry.start] + text[stop:]
    if index and "#" not in text[found[index - 1].end : entry.start]:
        return text[: found[index - 1].end] + text[entry.end :]
    return text[: entry.start] + text[entry.comma or entry.end :]
