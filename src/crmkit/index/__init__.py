"""The index: everything derived from the files, in one SQLite file that may be thrown away at any time."""

from crmkit.index.index import Index, Progress, Refreshed

__all__ = ["Index", "Progress", "Refreshed"]
