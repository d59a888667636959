"""Names of people and firms as they are compared and searched."""

from __future__ import annotations

import unicodedata


def norm(text: str) -> str:
    """Return the form in which texts are compared: NFKC, case folded, spaces squeezed."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
