"""Values as block-style or flow-style lines, in the style that a file already has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crmkit.yaml import _scalars

_PLAIN_KEYS = frozenset(("on", "off", "yes", "no", "y", "n"))


@dataclass(frozen=True, slots=True)
class Style:
    """How a file indents: nested mappings by `step` columns, the dashes of a list by `dash`."""

    step: int = 2
    dash: int = 2


def is_collection(value: Any) -> bool:
    """Return whether `value` is a list or a mapping."""
    return isinstance(value, (list, tuple, Mapping))


def key_text(key: str, *, flow: bool = False) -> str:
    """Return a key as YAML text; `on` and its like stay plain, as people write them and YAML 1.2 means."""
    if key in _PLAIN_KEYS:
        return key
    return _scalars.inline(key, flow=flow)


def flow_text(value: Any) -> str:
    """Return `value` on one line, lists and mappings in brackets."""
    if isinstance(value, Mapping):
        shown = (f"{key_text(k, flow=True)}: {flow_text(v)}" for k, v in value.items() if v is not None)
        return "{" + ", ".join(shown) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow_text(v) for v in value if v is not None) + "]"
    return _scalars.inline(value, flow=True)


def value_lines(value: Any, style: Style, *, in_list: bool = False) -> tuple[str, list[str]]:
    """Return what stands behind the colon (or dash) and the lines below, at the column of the key."""
    if isinstance(value, str):
        block = _scalars.block_lines(value)
        if block is None:
            return _scalars.inline(value), []
        header, body = block
        pad = " " * (2 if in_list or header[1:2] == "2" else style.step)
        return header, [pad + line if line else "" for line in body]
    if isinstance(value, Mapping):
        lines = mapping_lines(value, style)
        if not lines:
            return "{}", []
        return ("", lines) if in_list else ("", [_pad(line, style.step) for line in lines])
    if isinstance(value, (list, tuple)):
        lines = list_lines(value, style)
        if not lines:
            return "[]", []
        return ("", lines) if in_list else ("", [_pad(line, style.dash) for line in lines])
    return _scalars.inline(value), []


def _pad(line: str, columns: int) -> str:
    return " " * columns + line if line else line


def mapping_lines(data: Mapping[str, Any], style: Style) -> list[str]:
    """Return the lines of a block mapping at column 0; None values are left out."""
    lines: list[str] = []
    for key, value in data.items():
        if value is not None:
            lines += entry_lines(key, value, style)
    return lines


def entry_lines(key: str, value: Any, style: Style) -> list[str]:
    """Return the lines of one `key: value` at column 0."""
    head, below = value_lines(value, style)
    return [f"{key_text(key)}: {head}".rstrip(" ") if head else f"{key_text(key)}:", *below]


def list_lines(items: Any, style: Style) -> list[str]:
    """Return the lines of a block list with its dashes at column 0."""
    lines: list[str] = []
    for item in items:
        if item is not None:
            lines += item_lines(item, style)
    return lines


def item_lines(item: Any, style: Style) -> list[str]:
    """Return the lines of one `- item` at column 0; a mapping begins behind its dash."""
    head, below = value_lines(item, style, in_list=True)
    if is_collection(item) and not head:
        return [f"- {below[0]}", *(_pad(line, 2) for line in below[1:])]
    return [f"- {head}" if head else "-", *below]
