"""JSON and JSON lines: records whole, each with its kind, as the index holds them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crmkit.exchange.formats import Format


@dataclass(frozen=True, slots=True)
class Json:
    """Records as one list, or with `lines` one on each line."""

    suffix: str
    lines: bool

    def encode(self, data: Sequence[Mapping[str, Any]], before: bytes = b"") -> bytes:
        """Return the file."""
        del before
        if self.lines:
            return "".join(json.dumps(d, ensure_ascii=False) + "\n" for d in data).encode(
                "utf-8", "backslashreplace"
            )
        return (json.dumps(list(data), ensure_ascii=False, indent=2) + "\n").encode(
            "utf-8", "backslashreplace"
        )


JSON: Format[Sequence[Mapping[str, Any]]] = Json(".json", lines=False)
JSONL: Format[Sequence[Mapping[str, Any]]] = Json(".jsonl", lines=True)
