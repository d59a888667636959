"""Solved cases like this one, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from crmkit.cli import _agenda
from crmkit.i18n import _
from crmkit.values.safe import safe

if TYPE_CHECKING:
    from crmkit.cli._context import Cli
    from crmkit.rules.cases import Case


def lines(cli: Cli, found: Sequence[Case]) -> Iterator[str]:
    """Yield the cases with their solutions; nothing where there is none."""
    if found:
        yield _("Solved before, and like this one")
    for case in found:
        doc = case.doc
        head = [
            f"{case.likeness}%",
            str(doc.get("customer_name") or ""),
            str(doc.get("received_at") or "")[:10],
        ]
        if doc.get("satisfaction"):
            head.append(_("satisfaction {n} of 5").format(n=doc["satisfaction"]))
        yield f"  {safe(str(doc.get('id', '')))}  " + safe(" · ".join(h for h in head if h))
        for text in (str(doc.get("content") or "").split("\n", 1)[0], f"→ {doc.get('solution')}"):
            yield from (
                f"      {line}"
                for line in _agenda.wrap(safe(text.replace("\n", " ")), cli.out.page_width - 6)
            )
