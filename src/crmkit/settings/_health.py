"""The section `health` of crm.yaml: how the score of a customer is weighed, and below what it warns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crmkit.errors import msg
from crmkit.i18n import N_
from crmkit.values import duration

if TYPE_CHECKING:
    from crmkit.settings._values import Steps, Values

DIMENSIONS = ("orders", "complaints", "contact")
RISKS = ("high", "medium")


def health(reader: Values, base: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """Read `health` over `base`: weights and limits as whole numbers of 0 to 100, the window as a duration."""
    given = reader.mapping(value, ("health",), ("weights", "warn_below", "warn_each", "window", "risk_below"))
    out = dict(base)
    for name in ("weights", "warn_each"):
        if name in given:
            parts = reader.mapping(given[name], ("health", name), DIMENSIONS)
            read = {k: _whole(reader, v, ("health", name, k)) for k, v in parts.items()}
            out[name] = {**base.get(name, {}), **{k: n for k, n in read.items() if n is not None}}
    if "risk_below" in given:
        parts = reader.mapping(given["risk_below"], ("health", "risk_below"), RISKS)
        limits = {k: _whole(reader, v, ("health", "risk_below", k)) for k, v in parts.items()}
        out["risk_below"] = {
            **base.get("risk_below", {}),
            **{k: n for k, n in limits.items() if n is not None},
        }
    if "warn_below" in given:
        limit = _whole(reader, given["warn_below"], ("health", "warn_below"))
        out["warn_below"] = base.get("warn_below") if limit is None else limit
    if "window" in given:
        out["window"] = _window(reader, given["window"]) or base.get("window", "")
    if out.get("weights") and not any(out["weights"].values()):
        message = msg(N_("the weights of the health score are all 0"))
        reader.problem(("health", "weights"), "weights", message, msg(N_("for example orders: 40")))
    return out


def _window(reader: Values, value: Any) -> str:
    steps: Steps = ("health", "window")
    text, before = reader.text(value, steps), len(reader.problems)
    reader.duration(text, steps)
    if len(reader.problems) > before:
        return ""
    length = duration.parse(text) if text else duration.Duration()
    if length.months < 0 or length.days < 0 or not (length.months or length.days):
        message = msg(N_("the window of the health score is counted in days, weeks or months"))
        reader.problem(steps, "window", message, msg(N_("for example window: 6 months")))
        return ""
    return text


def _whole(reader: Values, value: Any, steps: Steps) -> int | None:
    text = reader.text(value, steps)
    if text.isascii() and text.isdecimal() and len(text) <= 3 and int(text) <= 100:
        return int(text)
    message = msg(N_("a whole number from 0 to 100 is wanted here"))
    reader.problem(steps, "number", message, msg(N_("for example warn_below: 70")))
    return None
