"""One primitive edit of a text: a splice at the parser's marks, in the style that stands around it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from crmkit.yaml import _flow, _parse, _place, _scalars
from crmkit.yaml._emit import (
    Style,
    entry_lines,
    flow_text,
    is_collection,
    item_lines,
    mapping_lines,
    value_lines,
)
from crmkit.yaml._place import CannotCut

Steps = tuple[str | int, ...]


class Cutter:
    """A text with its node tree, good for one cut."""

    def __init__(self, text: str, newline: str) -> None:
        """`text` ends with a line break and has no byte order mark."""
        self.text = text
        self.newline = newline
        self.root: Any = _parse.compose(text.encode("utf-8"))
        self.style = _style(self.root, text)

    def cut(self, what: str, steps: Steps, value: Any, order: tuple[str, ...]) -> str:
        """Return the text after the edit; raise CannotCut where its way of writing is not known."""
        parent, owners = self._parent(steps)
        if what == "set":
            return self._set(parent, steps[-1], value)
        if what == "delete":
            if len(parent.value) == 1 and parent is not self.root:
                return self._set(owners[-1], steps[-2], [] if isinstance(parent, SequenceNode) else {})
            return self._delete(parent, self._index(parent, steps[-1]))
        if parent is None:
            lines = entry_lines(str(steps[-1]), value, self.style)
            return self.text + "".join(line + self.newline for line in lines)
        place = self._place_of(parent, steps[-1], order)
        if not parent.value:
            return self._fill(parent, owners, steps, value)
        if parent.flow_style:
            new = flow_text({steps[-1]: value})[1:-1] if isinstance(parent, MappingNode) else flow_text(value)
            return _flow.insert(self.text, self.newline, _flow.entries(self.text, parent), place, new)
        return self._insert(parent, place, steps[-1], value)

    def _parent(self, steps: Steps) -> tuple[Any, list[Any]]:
        owners: list[Any] = []
        here = self.root
        for step in steps[:-1]:
            owners.append(here)
            found = here.value[self._index(here, step)]
            here = found[1] if isinstance(here, MappingNode) else found
        return here, owners

    @staticmethod
    def _index(node: Any, step: str | int) -> int:
        if isinstance(step, int):
            return step
        return next(i for i, (key, _) in enumerate(node.value) if key.value == step)

    @staticmethod
    def _place_of(parent: Any, step: str | int, order: tuple[str, ...]) -> int:
        """Return before which entry a new one goes; the number of entries means the end."""
        if isinstance(step, int):
            return step
        keys = [key.value for key, _ in parent.value]
        if step not in order:
            return len(keys)
        rank = {name: i for i, name in enumerate(order)}
        before = [i for i, key in enumerate(keys) if rank.get(key, len(order)) < rank[step]]
        if before:
            return before[-1] + 1
        return next((i for i, key in enumerate(keys) if key in rank), len(keys))

    # ---- entries of block collections

    def _begins(self, node: Any) -> list[int]:
        """Return where each entry begins: its key or its dash."""
        if isinstance(node, MappingNode):
            return [key.start_mark.index for key, _ in node.value]
        begins, at = [], node.start_mark.index
        for item in node.value:
            dash = _place.skip(self.text, at)
            if self.text[dash : dash + 1] != "-":
                raise CannotCut
            begins.append(dash)
            at = max(dash + 1, _place.extent_end(self.text, item))
        return begins

    def _anchor(self, node: Any, index: int) -> tuple[int, int, Any]:
        """Return where the entry begins, where its value may begin (behind colon or dash), and the value."""
        if isinstance(node, SequenceNode):
            dash = self._begins(node)[index]
            return dash, dash + 1, node.value[index]
        key, value = node.value[index]
        colon = _place.skip(self.text, key.end_mark.index)
        if self.text[colon : colon + 1] != ":" or colon > _place.line_end(self.text, key.start_mark.index):
            raise CannotCut
        return key.start_mark.index, colon + 1, value

    def _value_end(self, node: Any, index: int) -> int:
        value = node.value[index][1] if isinstance(node, MappingNode) else node.value[index]
        return _place.extent_end(self.text, value)

    def _is_inline(self, begin: int) -> bool:
        """Return whether the entry shares its line with the dash of an outer one."""
        return bool(self.text[_place.line_start(self.text, begin) : begin].strip(" "))

    def _lines(self, lines: list[str], indent: int) -> list[str]:
        return [" " * indent + line if line else line for line in lines]

    def _insert(self, parent: Any, place: int, step: str | int, value: Any) -> str:
        text, begins = self.text, self._begins(parent)
        indent = _place.column(text, begins[0])
        if isinstance(parent, MappingNode):
            lines = self._lines(entry_lines(str(step), value, self.style), indent)
        else:
            lines = self._lines(item_lines(value, self.style), indent)
        if place:
            at = _place.line_end(text, self._value_end(parent, place - 1))
            return text[:at] + "".join(self.newline + line for line in lines) + text[at:]
        if self._is_inline(begins[0]):
            at = begins[0]
            new = self.newline.join(lines)[indent:] + self.newline + " " * indent
        else:
            at = _place.comments_above(text, begins[0], 0)
            new = "".join(line + self.newline for line in lines)
        return text[:at] + new + text[at:]

    def _delete(self, parent: Any, index: int) -> str:
        text = self.text
        if parent.flow_style:
            return _flow.delete(text, _flow.entries(text, parent), index)
        begins = self._begins(parent)
        begin, end = begins[index], self._value_end(parent, index)
        stop = _place.next_line(text, end)
        if self._is_inline(begin):
            following = begins[index + 1]
            own_comment = text[stop:following].lstrip(" \r\n")
            return text[:begin] + own_comment + text[following:]
        floor = self._value_end(parent, index - 1) if index else 0
        start = _place.comments_above(text, begin, floor)
        return text[:start] + text[_place.comments_below(text, stop, _place.column(text, begin)) :]

    # ---- values

    def _fill(self, parent: Any, owners: list[Any], steps: Steps, value: Any) -> str:
        """Give an empty `[]` or `{}` its first entry."""
        new: Any = [value] if isinstance(parent, SequenceNode) else {steps[-1]: value}
        if owners:
            return self._set(owners[-1], steps[-2], new, was_empty=True)
        start, end = parent.start_mark.index, parent.end_mark.index
        return self.text[:start] + self.newline.join(mapping_lines(new, self.style)) + self.text[end:]

    def _set(self, parent: Any, step: str | int, value: Any, *, was_empty: bool = False) -> str:
        index = self._index(parent, step)
        if parent.flow_style:
            return _flow.replace_value(self.text, parent, index, value)
        begin, anchor, old = self._anchor(parent, index)
        text = self.text
        style, quote, before = self.style, None, ""
        if isinstance(old, ScalarNode):
            quote, before = old.style or "", old.value
            style = self._body_style(old, begin) or style
        head, below = value_lines(value, style, in_list=isinstance(parent, SequenceNode))
        if not below and not is_collection(value):
            head = _scalars.inline(value, style=quote, old=before)
        elif was_empty and isinstance(value, list) and not any(is_collection(v) for v in value):
            head, below = flow_text(value), []
        start, end = old.start_mark.index, _place.extent_end(text, old)
        if (
            not below
            and head
            and not (_place.is_block(old) or _place.is_block_text(old) or _place.is_empty(old))
        ):
            return text[:start] + head + text[end:]
        return self._rewrite(begin, anchor, old, head, below, in_list=isinstance(parent, SequenceNode))

    def _body_style(self, old: Any, begin: int) -> Style | None:
        """Return the style with which a block text keeps the indentation that its body has."""
        if not _place.is_block_text(old):
            return None
        body = self.text[_place.next_line(self.text, old.start_mark.index) : old.end_mark.index]
        first = next((line for line in body.splitlines() if line.strip()), "")
        step = len(first) - len(first.lstrip(" ")) - _place.column(self.text, begin)
        return replace(self.style, step=step) if step > 0 else None

    def _rewrite(
        self, begin: int, anchor: int, old: Any, head: str, below: list[str], *, in_list: bool
    ) -> str:
        """Write the value anew from the anchor on, keeping the comment on its first line."""
        text, indent = self.text, _place.column(self.text, begin)
        start, end = old.start_mark.index, _place.extent_end(text, old)
        lead, rest = " ", ""
        if _place.is_empty(old) or start > _place.line_end(text, anchor):
            rest = text[anchor : _place.line_end(text, anchor)].rstrip(" ")
            end = max(end, anchor)
        else:
            lead = text[anchor:start]
            if _place.is_block_text(old):
                rest = text[_place.header_end(text, start) : _place.line_end(text, start)]
            elif _place.line_end(text, start) == _place.line_end(text, end) or not _place.is_block(old):
                rest = text[end : _place.line_end(text, end)]
        if in_list and below and not head:
            head, below = below[0], self._lines(below[1:], len(lead) + 1)
        new = (lead + head if head else "") + rest
        lines = "".join(self.newline + line for line in self._lines(below, indent))
        return text[:anchor] + new + lines + text[_place.line_end(text, end) :]


def _style(root: Any, text: str) -> Style:
    """Return how the file indents, by the first nested mapping and the first list in a mapping."""
    step: int | None = None
    dash: int | None = None
    todo = [root] if _place.is_block(root) else []
    while todo and (step is None or dash is None):
        node = todo.pop(0)
        pairs = node.value if isinstance(node, MappingNode) else [(None, item) for item in node.value]
        for key, value in pairs:
            if not _place.is_block(value) or not value.value:
                continue
            todo.append(value)
            if key is None:
                continue
            width = _place.column(text, value.start_mark.index) - _place.column(text, key.start_mark.index)
            if isinstance(value, MappingNode):
                step = step or width
            elif dash is None:
                dash = width
    return Style(step or 2, 2 if dash is None else dash)
