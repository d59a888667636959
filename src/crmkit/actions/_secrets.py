"""Secrets of a book: who may read them, the keys of a dossier, and opening a value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmkit.book import layout
from crmkit.crypt import identity, keyring, sealed
from crmkit.crypt.keyring import Keyring
from crmkit.errors import NotFound, Refused
from crmkit.i18n import N_
from crmkit.records.place import at

if TYPE_CHECKING:
    from crmkit.actions.session import Session
    from crmkit.crypt.identity import Identity
    from crmkit.records.catalog import FieldSpec, KindSpec
    from crmkit.settings.model import Member, Settings

Steps = tuple[str | int, ...]

NOBODY = identity.Identity()
"""Who has no private key."""

HEAD = "# The dossier's data keys, each wrapped to those who may read its secrets: see crm keys.\n"


def readers(settings: Settings) -> dict[str, str]:
    """Return the public keys that secrets are encrypted to, by name: the team's, and those under privacy.recipients.

    What is no public key is left out; `crm check` has named its line.
    """
    found = {m.name: m.age for m in settings.team if m.age}
    extra = settings.privacy.get("recipients") or {}
    if isinstance(extra, Mapping):
        found |= {str(name): str(key) for name, key in extra.items() if key}
    return {name: plain for name, key in found.items() if (plain := identity.plain_key(key))}


def readers_of(session: Session, doc: Mapping[str, Any]) -> dict[str, str]:
    """Return the public keys that a dossier's secrets are encrypted to: of those who may see its customer `doc`."""
    settings = session.settings
    known = readers(settings)
    members = {m.name: m for m in settings.team if m.name in known}
    return {n: to for n, to in known.items() if n not in members or sees(session, members[n], doc)}


def sees(session: Session, member: Member, doc: Mapping[str, Any]) -> bool:
    """Whether a member's roles let him see a customer (R-001-42); nobody's customers everybody sees."""
    from crmkit.query.match import Dossier, matches
    from crmkit.rules import rights

    if not rights.in_force(session.settings):
        return True
    own = rights.of_roles(session.settings, member)
    if own.sees_all or not doc.get("owner"):
        return True
    spec = session.catalog.kinds["customer"]
    me = {t.casefold() for t in (member.name, member.email) if t}
    people = (text for f in spec.marked("owner") for _, text in values(doc, f.steps))
    if any(name.strip().casefold() in me for name in people):
        return True
    names = tuple(t for t in (member.name, member.email) if t)
    for query in own.see:
        node = rights.bound(query, "customer", session.catalog, session.settings, names)
        if query != rights.OWN and node is not None and matches(node, doc, Dossier({"customer": [doc]})):
            return True
    return False


def customer_doc(session: Session, path: str) -> Mapping[str, Any]:
    """Return the customer of the dossier that `path` lies in, as the index knows it, {} where there is none."""
    from crmkit.book.attic import folder_of

    folder = folder_of(path)
    if not folder:
        return {}
    customer = f"{folder}/{layout.CUSTOMER_FILE}"
    try:
        return session.index.doc(customer)
    except NotFound:
        return {}


def mine(session: Session) -> Identity:
    """Return the private keys of whoever acts."""
    return identity.load(session.env)


def keys_path(path: str) -> str:
    """Return where the keys for a record's secrets lie."""
    return f"{path.rpartition('/')[0]}/{keyring.NAME}"


def ring_at(session: Session, path: str) -> Keyring:
    """Return the keys for the record at `path`, as they stand in the file."""
    where = keys_path(path)
    try:
        raw: bytes | None = session.book.read(where)
    except FileNotFoundError:
        raw = None
    return Keyring.read(raw, where)


def where_of(path: str, field: str) -> sealed.Where:
    """Return what a value of a record at `path` belongs to; a customer's changing number is left out."""
    place = layout.place_of(path)
    if place is None:
        raise NotFound(N_("{path} is no record"), path=path)
    return sealed.Where(place.kind, "" if place.kind == "customer" else place.id, field)


def secrets_of(spec: KindSpec) -> Sequence[FieldSpec]:
    """Return the fields of a kind that are kept encrypted."""
    return tuple(spec.marked("secret"))


def values(data: Any, path: Sequence[tuple[str, bool]], steps: Steps = ()) -> Iterator[tuple[Steps, str]]:
    """Yield `(steps, text)` of a field's values in a file's data."""
    if not path:
        if isinstance(data, str):
            yield steps, data
        return
    (key, is_list), *rest = path
    value = data.get(key) if isinstance(data, Mapping) else None
    if is_list and isinstance(value, list):
        for i, item in enumerate(value):
            yield from values(item, rest, (*steps, key, i))
    elif value is not None:
        yield from values(value, rest, (*steps, key))


def unsealed(text: str, ring: Keyring, own: Identity, where: sealed.Where, names: Mapping[str, str]) -> str:
    """Return what an encrypted value holds.

    `names` are the readers by name, for whoever has lost his key. Raises Altered where it was moved here, Refused
    where no key of ours opens it.
    """
    value = sealed.parse(text)
    if value is None:
        raise sealed.Altered(
            N_("{field} holds no encrypted value that can be read"),
            hint=N_("enter it again"),
            field=where.field,
        )
    if value.key not in ring.ids:
        raise sealed.Altered(
            N_("the encrypted {field} does not belong here: its key {key} is not in {path}"),
            hint=N_("it was copied from another customer; take it back, or enter it again"),
            field=where.field,
            key=value.key,
            path=ring.path,
        )
    key = ring.open(value.key, own)
    if key is None:
        raise _locked(value.key, ring, own, where, names)
    return sealed.unseal(value, key, where)


def _locked(key: str, ring: Keyring, own: Identity, where: sealed.Where, names: Mapping[str, str]) -> Refused:
    able = [name for name, to in names.items() if to in ring.readers(key)]
    if not own.keys:
        hint = N_("you have no private key at {path}; make one: crm keys init")
    elif able:
        hint = N_("{who} can open it; ask for: crm keys add YOU")
    else:
        hint = N_("nobody in this book can open it any more; enter it again where it is known")
    return Refused(
        N_("no key of yours opens {field}"), hint=hint, field=where.field, path=own.path, who=", ".join(able)
    )


def value_at(doc: Any, steps: Steps) -> str:
    """Return the text at `steps`, "" where there is none."""
    found = at(doc, steps)
    return found if isinstance(found, str) else ""
