"""The numbered screens, in the order of their keys."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.tui.base import BaseScreen


class Entry(NamedTuple):
    """A screen: its name, the key that goes to it, its label (a msgid), and its class as `module:Class`."""

    name: str
    key: str
    label: str
    where: str

    def make(self) -> BaseScreen:
        """Import the screen's class and return one."""
        module, _, name = self.where.partition(":")
        found: type[BaseScreen] = getattr(import_module(f"crmkit.tui.screens.{module}"), name)
        return found()


SCREENS: tuple[Entry, ...] = (
    Entry("today", "1", N_("Today"), "today:Today"),
    Entry("customers", "2", N_("Customers"), "customers:Customers"),
    Entry("tiers", "3", N_("Tiers"), "tiers:Tiers"),
    Entry("pipeline", "4", N_("Pipeline"), "pipeline:Pipeline"),
    Entry("feedback", "5", N_("Complaints"), "feedback:Feedback"),
    Entry("review", "6", N_("Review"), "review:Review"),
    Entry("numbers", "7", N_("Numbers"), "numbers:Numbers"),
)
