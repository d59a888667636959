"""`?`: every key that does something here, made from the bindings themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from crmkit.i18n import N_, _

if TYPE_CHECKING:
    from textual.screen import Screen

    from crmkit.tui.app import CrmApp

INTRO = N_(
    "Everything here answers to the mouse as well: click a row, click it twice to open it, click a heading to sort, "
    "click the names at the top and the buttons at the bottom."
)


def keys(app: CrmApp, screen: Screen[object]) -> Text:
    """Return the keys of a screen by where they hold: what is focused, the screen, everywhere."""
    groups: dict[str, dict[str, list[str]]] = {}
    for active in screen.active_bindings.values():
        node, binding = active.node, active.binding
        if not binding.description or not (binding.id or "").count("."):
            continue
        where = _("Everywhere") if node is app else _("This screen") if node is screen else _("The list")
        shown = groups.setdefault(where, {}).setdefault(binding.description, [])
        key = app.get_key_display(binding)
        if key not in shown:
            shown.append(key)
    out = Text(_(INTRO) + "\n")
    for where in (_("This screen"), _("The list"), _("Everywhere")):
        acts = groups.get(where, {})
        if not acts:
            continue
        out.append(f"\n{where}\n", "bold")
        for label, names in acts.items():
            text = "  ".join(names)
            out.append(f"  {text}{' ' * max(1, 14 - cell_len(text))}", "cyan")
            out.append(f"{label}\n")
    return out
