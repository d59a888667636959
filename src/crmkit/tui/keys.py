"""Keys: labels in the reader's language, other keys for those who want them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.binding import Binding, BindingsMap

from crmkit.i18n import _

if TYPE_CHECKING:
    from textual.dom import DOMNode


def bind(
    key: str, action: str, label: str, ident: str = "", *, show: bool = True, priority: bool = False
) -> Binding:
    """Bind `key` to `action`; `label` is a msgid, `ident` the name by which people move it to another key."""
    return Binding(key, action, label, show=show, priority=priority, id=ident or None)


def translate(node: DOMNode) -> None:
    """Put the labels of a node's keys into the language in force."""
    known = node._bindings.key_to_bindings  # noqa: SLF001 - Textual has no other way to them
    own = {
        key: [replace(b, description=_(b.description), tooltip=_(b.tooltip)) for b in bindings]
        for key, bindings in known.items()
    }
    fresh = BindingsMap()
    fresh.key_to_bindings.update(own)
    node._bindings = fresh  # noqa: SLF001 - as above
