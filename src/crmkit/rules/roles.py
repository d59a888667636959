"""What is wrong with the team and the rights of its roles, as `crm check` tells it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from crmkit.errors import Problem, UsageError, msg
from crmkit.i18n import N_
from crmkit.rules import rights

if TYPE_CHECKING:
    from crmkit.records.catalog import Catalog
    from crmkit.settings.model import Settings


def problems(settings: Settings, path: str = "crm.yaml") -> list[Problem]:
    """Return what is wrong with the team and its roles."""
    if settings.solo:
        return []
    from crmkit.records.registry import catalog as catalog_of

    catalog = catalog_of(settings)
    return [*_of_team(settings, path), *_of_queries(settings, catalog, path)]


def _of_team(settings: Settings, path: str) -> Iterable[Problem]:
    line = settings.lines.get("team", 0)
    for member in settings.team:
        if not member.email:
            what = msg(N_("{name} has no e-mail address"), name=member.name)
            hint = msg(N_("write email: as git knows it; a shared repository tells people by it"))
            yield Problem(path, line, "team", "rights.no_email", "warning", what, hint, "R-000-12")
        if rights.in_force(settings) and not member.roles:
            what = msg(N_("{name} has no role and so may do only what concerns his own"), name=member.name)
            hint = msg(N_("give one of these under roles: {roles}"), roles=", ".join(settings.roles))
            yield Problem(path, line, "team", "rights.no_role", "warning", what, hint, "R-001-41")
    if rights.in_force(settings) and not rights.keepers(settings):
        what = msg(N_("nobody in the team has a role that keeps the settings"))
        hint = msg(N_("give somebody the role admin; until then whoever may edit all may change crm.yaml"))
        yield Problem(path, line, "team", "rights.no_admin", "warning", what, hint, "R-001-41")
    held = {role for m in settings.team for role in m.roles}
    for name in settings.roles:
        if name not in held and f"roles.{name}" in settings.lines:
            what = msg(N_("nobody in the team has the role {role}"), role=name)
            hint = msg(N_("give it to somebody, or take it out of crm.yaml"))
            at = settings.lines.get(f"roles.{name}", line)
            yield Problem(path, at, f"roles.{name}", "rights.unused_role", "warning", what, hint, "R-001-41")


def _of_queries(settings: Settings, catalog: Catalog, path: str) -> Iterable[Problem]:
    for name, role in settings.roles.items():
        at = settings.lines.get(f"roles.{name}", settings.lines.get("roles", 0))
        for right in ("see", "edit"):
            query, field = str(role.get(right) or ""), f"roles.{name}.{right}"
            if query not in {"", rights.ALL} and (error := _error_of(query, settings, catalog)):
                yield Problem(path, at, field, "rights.query", "error", error.message, error.hint)
        for right in ("add", "approve", "propose"):
            for kind in rights.words(role.get(right)):
                if kind not in catalog.kinds:
                    what = msg(N_("there is no kind of record called {kind!r}"), kind=kind)
                    hint = msg(N_("there are: {kinds}"), kinds=", ".join(catalog.kinds))
                    yield Problem(path, at, f"roles.{name}.{right}", "rights.kind", "error", what, hint)


def _error_of(query: str, settings: Settings, catalog: Catalog) -> UsageError | None:
    """Return what is wrong with a query that no kind of record understands, or that depends on today."""
    from crmkit.query.check import Scope, compile_query
    from crmkit.query.nodes import day_dependent

    scope = Scope(catalog, settings, date(2000, 1, 1), me=("me",), owners=tuple)
    first: UsageError | None = None
    understood = False
    for kind in sorted(catalog.kinds, key=lambda k: k != "customer"):
        try:
            node = compile_query(query, kind, scope)
        except UsageError as error:
            first = first or error
            continue
        understood = True
        if day_dependent(node):
            return UsageError(
                msg(N_("a right may not depend on today: {query!r}"), query=query),
                hint=msg(N_("say what it is about: owner, kind, tier, region ...")),
            )
    return None if understood else first
