"""What `crm check` says of secrets, of who was forgotten, and of who should be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from crmkit.actions import _anonymise, _secrets
from crmkit.book import layout, tombstones
from crmkit.crypt import sealed
from crmkit.crypt.keyring import Keyring
from crmkit.errors import CrmError, Problem, msg
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.crypt.identity import Identity
    from crmkit.index.reader import Row


def problems(session: Session, rows: Sequence[Row]) -> Iterator[Problem]:
    """Yield what is wrong with secrets and their keys, and what the list of the forgotten says."""
    yield from _secret_problems(session, rows)
    yield from _forgotten(session, rows)
    yield from _retention(session)


def _secret_problems(session: Session, rows: Sequence[Row]) -> Iterator[Problem]:
    fields = {kind: _secrets.secrets_of(spec) for kind, spec in session.catalog.kinds.items()}
    rings: dict[str, Keyring] = {}
    used: dict[str, set[str]] = defaultdict(set)
    try:
        own = _secrets.mine(session)
    except CrmError:
        own = _secrets.NOBODY
    for row in rows:
        for field in fields.get(row.kind, ()):
            for steps, text in _secrets.values(row.doc, field.steps):
                path = _secrets.keys_path(row.path)
                if path not in rings:
                    try:
                        rings[path] = _secrets.ring_at(session, row.path)
                    except CrmError:
                        rings[path] = Keyring((), path)
                name = ".".join(map(str, steps))
                value = sealed.parse(text)
                if value is not None:
                    used[value.key].add(path)
                yield from _value(session, (row, name), text, rings[path], own)
    for key, paths in used.items():
        for path in sorted(paths) if len(paths) > 1 else ():
            other = min(paths - {path})
            yield Problem(
                path, 0, "", "secret.key_twice", "error",
                msg(N_("the key {key} is also in {other}: a secret was copied with its key"), key=key, other=other),
                msg(N_("find out where it belongs (git log -p), and enter it again in the other place")), "R-000-39",
            )  # fmt: skip


def _value(
    session: Session, at: tuple[Row, str], text: str, ring: Keyring, own: Identity
) -> Iterator[Problem]:
    row, name = at
    plain = ".".join(s for s in name.split(".") if not s.isdecimal())
    where = _secrets.where_of(row.path, plain)
    value = sealed.parse(text)
    try:
        if value is None or value.key not in ring.ids or own.keys:
            _secrets.unsealed(text, ring, own, where, {})
    except sealed.Altered as e:
        yield Problem(row.path, 0, name, "secret.foreign", "error", e.message, e.hint, "R-000-39")
        return
    except CrmError:
        pass  # we cannot open it; others can
    if value is None:
        return
    readers = _secrets.readers_of(session, _secrets.customer_doc(session, row.path))
    wanted, able = set(readers.values()), ring.readers(value.key)
    if able - wanted or value.key in ring.retired:
        yield Problem(
            row.path, 0, name, "secret.reader", "warning",
            msg(N_("somebody who may not read secrets any more can still read {field}"), field=name),
            msg(N_("encrypt anew: crm keys rotate")), "R-001-40",
        )  # fmt: skip
    missing = [who for who, to in readers.items() if to not in able]
    if missing and able:
        yield Problem(
            row.path, 0, name, "secret.unread", "warning",
            msg(N_("{who} cannot read {field} yet"), who=", ".join(missing), field=name),
            msg(N_("somebody who can lets in: crm keys add {name}"), name=missing[0]),
        )  # fmt: skip


def _forgotten(session: Session, rows: Sequence[Row]) -> Iterator[Problem]:
    try:
        raw = session.book.read(tombstones.PATH)
    except OSError:
        return
    anonymous = {s.name for s in tombstones.stones(raw) if s.how == tombstones.ANONYMISED}
    for row in rows:
        if row.kind == "customer" and (stone := tombstones.come_back(raw, row.id, row.doc)):
            yield Problem(
                row.path, 0, "", "privacy.back", "error",
                msg(N_("forgotten on {day} ({number}), this customer has come back"), day=stone.on, number=stone.name),
                msg(N_("out of an old clone: crm forget {id}; if it is a new consent, enter it as new"), id=row.id),
            )  # fmt: skip
        if row.customer in anonymous:
            spec = session.catalog.kinds[row.kind]
            said = session.index.doc(row.path)
            left = _anonymise.left(spec, said)
            title = spec.first("title")
            extra = sorted(k for k in said if k not in left and k != title)
            if extra:
                yield Problem(
                    row.path, 0, extra[0], "privacy.back", "error",
                    msg(N_("{id} was anonymised, and {fields} came back"), id=row.customer, fields=", ".join(extra)),
                    msg(N_("crm forget {id} --anonymise"), id=row.customer),
                )  # fmt: skip


def _retention(session: Session) -> Iterator[Problem]:
    from crmkit.actions import retention

    try:
        found = retention.proposals(session)
    except CrmError as e:
        line = session.settings.lines.get("privacy", 0)
        yield Problem(
            layout.SETTINGS, line, "privacy.retention", "settings.retention", "error", e.message, e.hint
        )
        return
    for proposal in found:
        path = f"{layout.customer_folder(proposal.id)}/{layout.CUSTOMER_FILE}"
        yield Problem(
            path, 0, "", "privacy.retention", "warning",
            msg(N_("kept too long since {day} (rule {rule})"), day=proposal.since, rule=proposal.rule),
            msg(N_("crm forget {id}, or {id} --anonymise to keep the sums"), id=proposal.id),
        )  # fmt: skip
