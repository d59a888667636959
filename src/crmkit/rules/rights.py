"""What somebody may see, change and approve in a book: the rights of his roles (R-001-41 to R-001-44, appendix C).

A book without a team, and a team in which nobody has a role, is everybody's. Elsewhere roles are in force: a member
has the rights of all his roles together, a member without a role those over what is his own; a stranger
changes nothing.
Light to import: `crm due` asks what may be seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from crmkit.errors import Refused, UsageError
from crmkit.frozen import dataclass
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.query.nodes import Node
    from crmkit.records.catalog import Catalog
    from crmkit.settings.model import Member, Settings

ALL = "all"
OWN = "owner:me"
"""The query of whoever sees or changes only what is his."""

_NO_ROLE: Mapping[str, Any] = {"see": OWN, "edit": OWN}


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of one person; `member` is None for a stranger.

    `see` and `edit` are queries of which any may hold, "all" among them for everything. `add` are kinds that may be
    added to any customer that is seen, `propose` those of which a change may be proposed, `approve` those that he
    reviews. `settings` allows crm.yaml and whatever is no record; `everything` that nothing is asked at all.
    """

    member: Member | None = None
    everything: bool = False
    see: tuple[str, ...] = ()
    edit: tuple[str, ...] = ()
    add: frozenset[str] = frozenset()
    propose: frozenset[str] = frozenset()
    approve: frozenset[str] = frozenset()
    settings: bool = False

    @property
    def sees_all(self) -> bool:
        """Whether every record may be seen."""
        return self.everything or ALL in self.see

    @property
    def edits_all(self) -> bool:
        """Whether every record may be changed."""
        return self.everything or ALL in self.edit

    @property
    def name(self) -> str:
        """What the person is called in records."""
        return self.member.name if self.member else ""


EVERYTHING = Rights(everything=True, settings=True)


def in_force(settings: Settings) -> bool:
    """Whether roles count in this book: somebody in the team has one."""
    return any(m.roles for m in settings.team)


def of(settings: Settings, actor: str) -> Rights:
    """Return the rights of who goes by `actor`, a name or an address; "" is a machine's own business."""
    if not in_force(settings) or not actor:
        return EVERYTHING
    member = settings.member(actor)
    if member is None:
        # he has the files and can read them; refusing the commands would only teach him to take another's name
        return Rights(see=(ALL,))
    return of_roles(settings, member)


def of_roles(settings: Settings, member: Member) -> Rights:
    """Return the rights of a member of the team."""
    known = [settings.roles[role] for role in member.roles if role in settings.roles]
    roles = known or [_NO_ROLE]
    edit = _texts(r.get("edit") for r in roles)
    mine = set(member.roles)
    approve = {kind for r in roles for kind in words(r.get("approve"))}
    if settings.review.by in mine:
        approve.add("customer")
    return Rights(
        member,
        see=_texts(r.get("see") for r in roles),
        edit=edit,
        add=frozenset(kind for r in roles for kind in words(r.get("add"))),
        propose=frozenset(kind for r in roles for kind in words(r.get("propose"))),
        approve=frozenset(approve),
        settings=bool(mine & set(keepers(settings))) or (not keepers(settings) and ALL in edit),
    )


def keepers(settings: Settings) -> list[str]:
    """Return the roles that keep the settings and that somebody has; where nobody has one, who edits all may."""
    held = {role for m in settings.team for role in m.roles}
    return [name for name, role in settings.roles.items() if name in held and role.get("settings") in _YES]


_YES = (True, "true", "yes", "True")


def words(value: object) -> tuple[str, ...]:
    """Return the words of a list, which may be written `a, b` or `[a, b]`."""
    if isinstance(value, str):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    return tuple(map(str, value)) if isinstance(value, list | tuple) else ()


def _texts(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(v).strip() for v in values if v))


def stranger(settings: Settings, actor: str) -> Refused:
    """Return the refusal for somebody whom the team does not know."""
    names = [m.name for m in settings.team]
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    return Refused(
        N_("nobody in the team of this book goes by {who!r}"),
        hint=N_("say who you are: --as NAME, CRM_USER or git's user.email; the team: {team}"),
        who=actor or "?",
        team=shown,
    )


def bound(query: str, kind: str, catalog: Catalog, settings: Settings, me: tuple[str, ...]) -> Node | None:
    """Return a role's query bound to records of a kind, None where it asks for fields that the kind has not."""
    from datetime import date

    from crmkit.query.check import Scope, compile_query

    try:
        return compile_query(query, kind, Scope(catalog, settings, date(2000, 1, 1), me=me, owners=tuple))
    except UsageError:
        return None
