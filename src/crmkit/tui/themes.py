"""Colours: a light and a dark theme of crmkit's own beside Textual's, and those that people write themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.theme import Theme

DARK = Theme(
    name="crm-dark",
    primary="#3d7ea6",
    secondary="#5c946e",
    accent="#e0a458",
    warning="#e0a458",
    error="#e06c75",
    success="#7fb685",
    foreground="#dfe3e6",
    background="#14181c",
    surface="#1b2127",
    panel="#242c34",
    dark=True,
)
LIGHT = Theme(
    name="crm-light",
    primary="#2f6f97",
    secondary="#3f7d56",
    accent="#a8641a",
    warning="#a8641a",
    error="#b3303b",
    success="#2f7d46",
    foreground="#20262b",
    background="#f7f7f5",
    surface="#eeeeea",
    panel="#e0e0da",
    dark=False,
)
_COLOURS = frozenset(
    {
        "primary",
        "secondary",
        "accent",
        "warning",
        "error",
        "success",
        "foreground",
        "background",
        "surface",
        "panel",
    }
)


def own(name: str, colours: Mapping[str, str]) -> Theme:
    """Return the theme that somebody wrote; ValueError for a colour that is none."""
    from textual.color import Color

    given: dict[str, Any] = {k: v for k, v in colours.items() if k in _COLOURS}
    for value in given.values():
        Color.parse(value)
    dark = colours.get("dark", "true").lower() in {"true", "yes", "1"}
    return Theme(name=name, dark=dark, **{"primary": "#3d7ea6", **given})
