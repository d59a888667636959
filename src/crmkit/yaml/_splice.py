from collections.abc import Sequence
from typing import Any


def apply(text: str, edits: Sequence[Any]) -> str:
    raise NotImplementedError
