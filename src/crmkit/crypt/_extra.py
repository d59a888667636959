"""The libraries of the extra `crypt`, imported where they are needed."""

from __future__ import annotations

from typing import Any

from crmkit.errors import Refused
from crmkit.i18n import N_


def pyrage() -> Any:
    """Return the age library; Refused where the extra is not installed."""
    try:
        import pyrage as library
    except ImportError:
        raise _missing() from None
    return library


def aesgcm(key: bytes) -> Any:
    """Return AES-GCM under `key`; Refused where the extra is not installed."""
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        raise _missing() from None
    return AESGCM(key)


def _missing() -> Refused:
    return Refused(N_("secrets need the extra 'crypt'"), hint=N_("install it: pip install 'crmkit[crypt]'"))
