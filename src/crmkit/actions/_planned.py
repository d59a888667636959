"""Plans made from templates and from their earlier versions, as `crm add plan` begins them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmkit.errors import UsageError
from crmkit.i18n import N_, _, speaking
from crmkit.rules import templates

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.index.lookup import Hit
    from crmkit.index.reader import Row

NONE = frozenset({"", "none", "无", "no"})
_VERSION = re.compile(r"\s*[VvＶ]?(\d+)$")
_KEPT = ("name", "purpose", "goal", "sections", "team", "acceptance", "owner")
"""What a new version of a solution takes over from the one before (R-002-18)."""


def begin(
    session: Session, hit: Hit | None, assignments: Sequence[str], *, bare: bool
) -> tuple[list[str], dict[str, Any]]:
    """Return the assignments without `template=`, and the fields with which the plan begins.

    `template=NAME` picks a template, else the one called as the `purpose`, where the plan is `bare` (no YAML to begin
    with); `template=none` takes none. Steps that are given take the place of the template's. A solution takes over
    the latest version. Without `hit` only what does not depend on the customer is known. UsageError for an unknown
    template.
    """
    words = [w for w in assignments if _name(w) != "template"]
    said = [w.partition("=")[2].strip() for w in assignments if _name(w) == "template"]
    given = {_name(w).partition(".")[0]: w.partition("=")[2] for w in words}
    purpose = session.settings.codes.get("plan_purpose", {}).get(given.get("purpose", "").strip(), "")
    if said:
        name = "" if said[-1].lower() in NONE else known(session, said[-1])
    else:
        name = purpose if purpose in session.settings.templates and bare else ""
    if hit is None:
        return words, {"name": name} if name else {}
    with speaking(session.settings.language):
        fields = templates.make(name, ground(session, hit)) if name else {}
    if "steps" in given:
        fields.pop("steps", None)
    purpose = purpose or str(fields.get("purpose") or "")
    if purpose == "solution":
        fields |= _next_version(session, hit, given.get("name", ""), fields, bare=bare)
    return words, fields


def finish(session: Session, hit: Hit | None, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a plan with what a new version of a solution changes listed in it."""
    if hit is None or fields.get("purpose") != "solution":
        return fields
    before = _version_of(session, hit, str(fields.get("name") or ""), _number(fields.get("version")) - 1)
    sections = dict(fields.get("sections") or {})
    if before is None or sections.get("changes"):
        return fields
    old = before.doc.get("sections") or {}
    with speaking(session.settings.language):
        changed = [
            f"{_label(session, key)}: {old.get(key) or _('none')} → {sections.get(key) or _('none')}"
            for key in dict.fromkeys((*old, *sections))
            if key != "changes" and old.get(key) != sections.get(key)
        ]
        fields["sections"] = sections | {"changes": "\n".join(changed) or _("none yet")}
    return fields


def known(session: Session, name: str) -> str:
    """Return the template that `name` means; UsageError with the nearest one otherwise."""
    from crmkit.values.suggest import nearest

    there = templates.names(session.settings)
    if name in there:
        return name
    code = session.settings.codes.get("plan_purpose", {}).get(name, "")
    if code in there:
        return code
    near = nearest(name, there)
    raise UsageError(
        N_("no template is called {name!r}"),
        hint=N_("did you mean {near}? there are: {names}") if near else N_("there are: {names}"),
        name=name,
        near=near or "",
        names=", ".join(there),
    )


def ground(session: Session, hit: Hit) -> templates.Ground:
    """Return what plans for a customer are made from."""
    docs: dict[str, list[Mapping[str, Any]]] = {}
    for row in session.index.dossier_docs(hit.id):
        docs.setdefault(row.kind, []).append(row.to_json())
    customer = docs.get("customer", [{}])[0]
    return templates.Ground(customer, docs, session.settings, session.today)


def _name(word: str) -> str:
    return word.partition("=")[0].rstrip("+-").strip()


def _solutions(session: Session, hit: Hit, name: str) -> list[Row]:
    """Return the versions of a solution, the earliest first; without a name those of the newest one."""
    rows = [
        r
        for r in session.index.dossier_docs(hit.id)
        if r.kind == "plan" and r.doc.get("purpose") == "solution"
    ]
    rows.sort(key=lambda r: (str(r.doc.get("created_on") or ""), _number(r.doc.get("version")), r.id))
    if not rows:
        return []
    wanted = _base(name or str(rows[-1].doc.get("name") or ""))
    return sorted(
        (r for r in rows if _base(str(r.doc.get("name") or "")) == wanted),
        key=lambda r: _number(r.doc.get("version")),
    )


def _version_of(session: Session, hit: Hit, name: str, number: int) -> Row | None:
    return next((r for r in _solutions(session, hit, name) if _number(r.doc.get("version")) == number), None)


def _next_version(
    session: Session, hit: Hit, name: str, fields: Mapping[str, Any], *, bare: bool
) -> dict[str, Any]:
    versions = _solutions(session, hit, name) if bare else []
    if not versions:
        return {"version": "1"}
    last = versions[-1]
    kept = {k: last.doc[k] for k in _KEPT if last.doc.get(k)}
    if isinstance(kept.get("sections"), Mapping):
        kept["sections"] = {k: v for k, v in kept["sections"].items() if k != "changes"}
    number = _number(last.doc.get("version")) + 1
    kept["name"] = f"{_base(str(last.doc.get('name') or ''))} V{number}"
    return {**fields, **kept, "version": str(number), "status": "draft"}


def _base(name: str) -> str:
    """Return a plan's name without the version behind it."""
    return re.sub(r"\s+[VvＶ]\d+$", "", name.strip())


def _number(version: Any) -> int:
    match = _VERSION.search(str(version or ""))
    return int(match[1]) if match else 1


def _label(session: Session, key: str) -> str:
    keys = dict(session.catalog.kinds["plan"].by_name["sections"].keys)
    return _(keys[key]) if key in keys else key
