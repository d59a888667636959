"""Plans from templates: a template of crm.yaml and a dossier -> the fields of a plan.

Pure: the day and the dossier's documents are handed in. What a template says for a language of its own
(`{en: ..., zh: ...}`) is read in the book's. `{needs}` and the like are filled from the dossier; any other `{word}`
stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from crmkit.errors import msg
from crmkit.i18n import N_, _
from crmkit.rules import intervals

if TYPE_CHECKING:
    from crmkit.settings.model import Settings

Doc = Mapping[str, Any]
Docs = Mapping[str, Sequence[Doc]]

_PLACE = re.compile(r"\{([a-z_]+)\}")
_RANK = {"high": 0, "medium": 1, "low": 2}
_WORKED = frozenset({"recovery", "kickoff", "handover", "improvement", "churn_review"})
"""Purposes of plans that are worked through step by step; the others are documents, drafts at first."""
LOW = 3


@dataclass(frozen=True, slots=True)
class Ground:
    """What a plan is made from: the customer's document, its dossier by kind, the settings, the day."""

    customer: Doc
    docs: Docs
    settings: Settings
    day: date

    @property
    def owner(self) -> str:
        """The customer's owner."""
        return str(self.customer.get("owner") or "")


def names(settings: Settings) -> list[str]:
    """Return the names of the book's templates."""
    return [name for name, template in settings.templates.items() if isinstance(template, Mapping)]


def purpose_of(name: str, settings: Settings) -> str:
    """Return the purpose of the plans that a template makes, "" where it has none."""
    template = settings.templates.get(name)
    said = str(template.get("purpose") or "") if isinstance(template, Mapping) else ""
    wanted = said or name
    return wanted if wanted in settings.vocabularies.get("plan_purpose", {}) else ""


def make(name: str, ground: Ground) -> dict[str, Any]:
    """Return the fields of a plan made from the template `name`; what the template does not say is left out."""
    template = ground.settings.templates[name]
    fill = _Fill(ground)
    purpose = purpose_of(name, ground.settings)
    fields: dict[str, Any] = {"name": fill.text(template.get("name")) or name, "purpose": purpose}
    fields["goal"] = fill.text(template.get("goal"))
    fields["by"] = _day(template.get("within"), ground)
    fields["sections"] = {
        k: text for k, v in _mapping(template.get("sections")).items() if (text := fill.text(v))
    }
    team = {k: person(str(role), ground) for k, role in _mapping(template.get("team")).items()}
    fields["team"] = {k: who for k, who in team.items() if who}
    acceptance = {k: fill.text(v) for k, v in _mapping(template.get("acceptance")).items()}
    fields["acceptance"] = {k: v for k, v in acceptance.items() if v}
    fields["steps"] = list(_steps(template.get("steps"), ground, fill))
    fields["milestones"] = list(_milestones(template.get("milestones"), ground, fill))
    fields["status"] = "active" if purpose in _WORKED else "draft"
    if owner := person(str(template.get("owner") or ""), ground):
        fields["owner"] = owner
    return {k: v for k, v in fields.items() if v not in (None, "", [], {})}


def _steps(value: Any, ground: Ground, fill: _Fill) -> Iterator[dict[str, Any]]:
    for step in _list(value):
        made = {
            "what": fill.text(step.get("what")),
            "owner": str(step.get("owner") or "") or person(str(step.get("role") or "owner"), ground),
            "due": _day(step.get("after"), ground),
            "note": fill.text(step.get("note")),
        }
        yield {k: v for k, v in made.items() if v}


def _milestones(value: Any, ground: Ground, fill: _Fill) -> Iterator[dict[str, Any]]:
    for one in _list(value):
        made = {
            "what": fill.text(one.get("what")),
            "on": _day(one.get("after"), ground),
            "standard": fill.text(one.get("standard")),
        }
        yield {k: v for k, v in made.items() if v}


def person(role: str, ground: Ground) -> str:
    """Return who does what a role does for this customer: its own people first, then the team, else its owner."""
    if not role:
        return ""
    own = {"success": "success_manager"}.get(role, "owner")
    here = str(ground.customer.get(own) or "")
    member = ground.settings.member(here) if here else None
    if role == "owner" or (member and role in member.roles) or (role == "success" and here):
        return here
    found = next((m.name for m in ground.settings.team if role in m.roles), "")
    return found or ground.owner


def _day(after: Any, ground: Ground) -> date | None:
    """Return the day that lies so long after today, on a working day where working days are counted."""
    return intervals.after(str(after or ""), ground.day, ground.settings.workdays)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Mapping[str, Any]]:
    entries = value if isinstance(value, list | tuple) else []
    return [e if isinstance(e, Mapping) else {"what": e} for e in entries]


class _Fill:
    """Fills the places of a template's texts from the dossier."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.known: dict[str, str] = {}

    def text(self, value: Any) -> str:
        """Return a text in the book's language with its places filled."""
        if isinstance(value, Mapping):
            language = self.ground.settings.language
            other = next((v for v in value.values() if v), "")
            value = value.get(language) or value.get("en") or other
        return _PLACE.sub(self._place, str(value or "")).strip()

    def _place(self, match: re.Match[str]) -> str:
        name = match[1]
        reader = _PLACES.get(name)
        if reader is None:
            return match[0]
        if name not in self.known:
            self.known[name] = reader(self.ground)
        return self.known[name]


# -- what a dossier says


def _needs_of(ground: Ground) -> list[Doc]:
    """Return the needs, the most important first (R-002-15)."""
    needs = [n for n in ground.customer.get("needs") or () if isinstance(n, Mapping) and n.get("summary")]
    return sorted(needs, key=lambda n: (_RANK.get(str(n.get("priority")), 3), str(n.get("by") or "9")))


def _needs(ground: Ground) -> str:
    needs = _needs_of(ground)
    lines = []
    for number, need in enumerate(needs, 1):
        label = ground.settings.label("priority", str(need.get("priority") or ""), ground.settings.language)
        more = [label, str(need.get("by") or "")]
        told = ", ".join(m for m in more if m)
        lines.append(f"{number}. {need['summary']}" + (f" ({told})" if told else ""))
    return "\n".join(lines) if len(lines) > 1 else str(needs[0]["summary"]) if needs else _("not known yet")


def _of_needs(key: str) -> Callable[[Ground], str]:
    def read(ground: Ground) -> str:
        texts = [str(n[key]) for n in _needs_of(ground) if n.get(key)]
        return "\n".join(dict.fromkeys(texts)) or _("not known yet")

    return read


def _people(ground: Ground) -> str:
    people = [c for c in ground.customer.get("contacts") or () if isinstance(c, Mapping) and c.get("name")]
    deciding = [c for c in people if c.get("role") == "decision_maker"] or people[:1]
    told = []
    for one in deciding:
        more = [str(one[k]) for k in ("job_title", "concerns") if one.get(k)]
        told.append(f"{one['name']} ({', '.join(more)})" if more else str(one["name"]))
    return ", ".join(told) or _("not known yet")


def _history(ground: Ground) -> str:
    orders = sorted(
        (o for o in ground.docs.get("order", ()) if o.get("status") != "cancelled"),
        key=lambda o: str(o.get("ordered_on") or ""),
    )
    stages = [e for e in ground.customer.get("stage_history") or () if isinstance(e, Mapping)]
    lines = [
        f"{e.get('on', '')} {ground.settings.label('stage', str(e.get('stage') or ''), ground.settings.language)}"
        + (f" ({e['via']})" if e.get("via") else "")
        for e in stages
    ]
    lines += (f"{o.get('ordered_on', '')} {o.get('number', '')} {_amount(o)}".strip() for o in orders)
    lines += (
        f"{c.get('start_date') or ''}..{c.get('end_date') or ''} {c.get('number', '')} {_amount(c)}".strip()
        for c in ground.docs.get("contract", ())
    )
    talks = [f for f in ground.docs.get("followup", ()) if f.get("status") == "done" and f.get("at")]
    if talks:
        last = max(talks, key=lambda f: str(f["at"]))
        text = str(last.get("content") or last.get("subject") or "").split("\n", 1)[0]
        lines.append(
            str(
                msg(N_("{n} contacts, last {day}: {text}"), n=len(talks), day=str(last["at"])[:10], text=text)
            )
        )
    return "\n".join(lines) or _("nothing yet")


def _amount(doc: Doc) -> str:
    value = doc.get("amount")
    if isinstance(value, Mapping):
        return f"{value.get('amount')} {value.get('currency', '')}".strip()
    return f"{value:,}" if isinstance(value, int | float) else ""


def _background(ground: Ground) -> str:
    lead = _mapping(ground.customer.get("lead"))
    lines = [_needs(ground)] if _needs_of(ground) else []
    lines += [str(n["pains"]) for n in _needs_of(ground) if n.get("pains")]
    lines += [str(lead[k]) for k in ("interests", "doubts") if lead.get(k)]
    return "\n".join(dict.fromkeys(lines)) or _("not known yet")


def _complaints(ground: Ground) -> str:
    open_ones = [
        f
        for f in ground.docs.get("feedback", ())
        if f.get("status", "open") not in {"resolved", "closed"} or f.get("type") == "complaint"
    ]
    newest = sorted(open_ones, key=lambda f: str(f.get("received_at") or ""), reverse=True)[:3]
    texts = [str(f.get("content") or "").split("\n", 1)[0] for f in newest]
    return "; ".join(t for t in texts if t) or _("none")


def _risk(ground: Ground) -> str:
    churn = _mapping(ground.customer.get("churn"))
    settings = ground.settings
    words = [
        settings.label("churn_risk", str(churn.get("risk") or ""), settings.language),
        settings.label("churn_cause", str(churn.get("cause") or ""), settings.language),
        str(churn.get("reason") or ""),
    ]
    return ", ".join(w for w in words if w) or _("not known yet")


def _scores(ground: Ground) -> str:
    surveys = [s for s in ground.docs.get("survey", ()) if s.get("on")]
    if not surveys:
        return _("no survey yet")
    last = max(surveys, key=lambda s: str(s["on"]))
    found = low(last, ground.settings)
    return ", ".join(f"{score_label(key)} {score:g}" for key, score in found) or _("none low")


def low(survey: Doc, settings: Settings) -> list[tuple[str, float]]:
    """Return the items of a survey that were scored low, `(key, score)`, the lowest first (R-002-34)."""
    limit = settings.survey.get("low")
    most = float(str(limit)) if str(limit or "").replace(".", "", 1).isdecimal() else LOW
    scores = _mapping(survey.get("scores")).items()
    found = [(key, float(value)) for key, value in scores if isinstance(value, int | float) and value <= most]
    return sorted(found, key=lambda pair: pair[1])


def score_label(key: str) -> str:
    """Return what a survey's item is called, in the language in force."""
    from crmkit.records.survey import Survey

    extra: Any = Survey.model_fields["scores"].json_schema_extra
    keys: Mapping[str, str] = extra["about"].keys
    return _(keys[key]) if key in keys else key


def _deal(ground: Ground) -> str:
    deals = [o for o in ground.docs.get("opportunity", ()) if o.get("stage") != "lost" and o.get("name")]
    newest = sorted(
        deals, key=lambda o: (o.get("stage") != "won", str(o.get("created_on") or ""))
    )  # open ones last
    return (
        str(newest[-1]["name"])
        if newest
        else str(ground.customer.get("short_name") or ground.customer.get("name"))
    )


def _won(ground: Ground) -> str:
    deals = [o for o in ground.docs.get("opportunity", ()) if o.get("stage") == "won" and o.get("name")]
    newest = sorted(deals, key=lambda o: str(o.get("closed_on") or o.get("created_on") or ""))
    return str(newest[-1]["name"]) if newest else _deal(ground)


def _supplies(ground: Ground) -> str:
    for plan in ground.docs.get("plan", ()):
        if text := _mapping(plan.get("sections")).get("customer_supplies"):
            return str(text)
    return _("not known yet")


_PLACES: Mapping[str, Callable[[Ground], str]] = {
    "needs": _needs,
    "pains": _of_needs("pains"),
    "goals": _of_needs("goals"),
    "history": _history,
    "background": _background,
    "people": _people,
    "complaints": _complaints,
    "scores": _scores,
    "risk": _risk,
    "deal": _deal,
    "won": _won,
    "supplies": _supplies,
    "customer": lambda g: str(g.customer.get("short_name") or g.customer.get("name") or ""),
}
