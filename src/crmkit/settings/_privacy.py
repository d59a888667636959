"""`privacy` in crm.yaml: who can read secrets besides the team, and when customers are proposed to be forgotten."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crmkit.errors import msg
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.settings._values import Steps, Values

_KEY = re.compile(r"age1[02-9ac-hj-np-z]{58}\Z|ssh-(?:ed25519|rsa) [A-Za-z0-9+/]{40,}={0,3}(?: .*)?\Z")


def privacy(reader: Values, base: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """Return the section: `recipients` (public keys by name) and `retention` (rules by name: when, after)."""
    given = reader.mapping(value, ("privacy",), ("recipients", "retention"))
    out = {**base}
    if "recipients" in given:
        steps: Steps = ("privacy", "recipients")
        named = reader.mapping(given["recipients"], steps)
        out["recipients"] = {name: public_key(reader, key, (*steps, name)) for name, key in named.items()}
    if "retention" in given:
        steps = ("privacy", "retention")
        rules = reader.mapping(given["retention"], steps)
        out["retention"] = {name: _rule(reader, rule, (*steps, name)) for name, rule in rules.items()}
    return out


def public_key(reader: Values, value: Any, steps: Steps) -> str:
    """Return a public key as text; note what is none. It is public: a private one would be read by everybody."""
    text = reader.text(value, steps).strip()
    if text and not _KEY.match(text):
        if text.upper().startswith("AGE-SECRET-KEY-"):
            message = msg(N_("this is a private key, and everybody reads this file"))
        else:
            message = msg(N_("this is no public key of age"))
        hint = msg(N_("it begins with age1, ssh-ed25519 or ssh-rsa: crm keys init"))
        reader.problem(steps, "age", message, hint, "warning")
    return text


def _rule(reader: Values, value: Any, steps: Steps) -> dict[str, Any]:
    if isinstance(value, str):  # `lost: 3 years`: the name of a stage or status says when
        value = {"when": f"is:{steps[-1]}", "after": value}
    given = reader.mapping(value, steps, ("when", "after"))
    rule = {
        "when": reader.text(given.get("when"), (*steps, "when")),
        "after": reader.duration(given.get("after"), (*steps, "after")),
        "line": reader.document.line(steps),
    }
    if not rule["after"]:
        reader.problem(steps, "retention", msg(N_("after which time?")), msg(N_("write after: 3 years")))
    return rule
