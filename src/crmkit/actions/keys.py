"""`crm keys`: who may read the book's secrets, and the data keys that are wrapped to them."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmkit.actions import _seal, _secrets
from crmkit.actions._write import Prepared
from crmkit.book import layout
from crmkit.crypt import identity, keyring, sealed
from crmkit.crypt.keyring import Keyring
from crmkit.errors import NotFound, Refused
from crmkit.i18n import N_, ngettext

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session
    from crmkit.crypt.identity import Identity
    from crmkit.yaml.write import Edit

SETTINGS = layout.SETTINGS


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody whose public key crm.yaml names. `dossiers` counts those whose keys he can open, `of` all with keys."""

    name: str
    key: str
    dossiers: int
    of: int
    me: bool = False
    member: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "name": self.name,
            "key": self.key,
            "dossiers": self.dossiers,
            "of": self.of,
            "me": self.me,
            "member": self.member,
        }


def init(session: Session) -> tuple[str, bool, Prepared | None]:
    """Return the actor's public key, whether its private one was made just now, and the change that names it.

    None for whoever may not change crm.yaml: somebody who may lets him in. An identity that is there already is used.
    Raises Refused where crm.yaml names another key for him.
    """
    own = _secrets.mine(session)
    made = not own.keys
    path = identity.place(session.env)
    public = identity.make(path, f"crmkit, {session.today.isoformat()}") if made else own.recipients[0]
    name = _own_name(session)
    known = _secrets.readers(session.settings).get(name)
    if known and known not in (public, *own.recipients):
        raise Refused(
            N_("crm.yaml names another key for {name}"),
            hint=N_(
                "if it is on another machine, copy it to {path}; if it is lost: crm keys remove {name}, then init"
            ),
            name=name,
            path=str(path),
        )
    if known is None and not session.rights.settings:
        return public, made, None
    return public, made, _named(session, name, known or public)


def _own_name(session: Session) -> str:
    return session.actor_name or "me"


def _named(session: Session, name: str, public: str) -> Prepared:
    """Return the change that puts a public key into crm.yaml and wraps to it what we can open."""

    def compose(draft: Draft) -> None:
        draft.about("", "", SETTINGS, f"keys: {name}")
        draft.edit(SETTINGS, _naming(session, name, public))
        for path, ring in _rings(session):
            entries = _wrapped_to(session, ring, public) if _may_read(session, name, path) else []
            if entries:
                _add(draft, path, entries)

    return Prepared(session, compose)


def _naming(session: Session, name: str, public: str) -> list[Edit]:
    """Return the edit of crm.yaml: the member's `age`, else an entry under privacy.recipients."""
    from crmkit.yaml.write import Edit

    settings = session.settings
    if _secrets.readers(settings).get(name) == public:
        return []
    for i, member in enumerate(settings.team):
        if member.name == name:
            return [Edit(("team", i, "age"), public)]
    return [Edit(("privacy", "recipients", name), public)]


def add(session: Session, name: str, public: str = "") -> Prepared:
    """Let `name` read the secrets: name his public key in crm.yaml, and wrap to it every data key that we can open.

    Without `public` the key that crm.yaml names for him already is used.
    """
    member = session.settings.member(name)
    name = member.name if member else name
    known = _secrets.readers(session.settings).get(name)
    if public:
        public = identity.recipient(public)
        if known and known != public:
            raise Refused(
                N_("{name} has another key already"),
                hint=N_("take it away first: crm keys remove {name}"),
                name=name,
            )
    elif known:
        public = known
    else:
        raise Refused(
            N_("crm.yaml names no public key for {name}"),
            hint=N_("{name} makes one with: crm keys init; then: crm keys add {name} age1..."),
            name=name,
        )
    return _named(session, name, public)


def _wrapped_to(session: Session, ring: Keyring, public: str) -> list[keyring.Wrapped]:
    own = _secrets.mine(session)
    out = []
    for key_id in ring.ids:
        if public not in ring.readers(key_id) and key_id not in ring.retired:
            key = ring.open(key_id, own)
            if key is not None:
                out += keyring.wrap(key_id, key, [public], _made(session))
    return out


def _may_read(session: Session, name: str, path: str) -> bool:
    """Whether somebody may see the customer whose keys lie at `path`; who is not of the team is let in as a whole."""
    member = next((m for m in session.settings.team if m.name == name), None)
    return member is None or _secrets.sees(session, member, _secrets.customer_doc(session, path))


def _made(session: Session) -> str:
    return session.now.isoformat(timespec="seconds")


def _add(draft: Draft, path: str, entries: Sequence[keyring.Wrapped]) -> None:
    raw = draft.maybe(path)
    draft.put(path, _seal.added(raw, entries), base=raw)


def remove(session: Session, name: str) -> Prepared:
    """Take the right to read from `name`: new data keys, and every secret that he could read encrypted anew."""
    member = session.settings.member(name)
    name = member.name if member else name
    public = _secrets.readers(session.settings).get(name)
    if public is None:
        raise NotFound(
            N_("crm.yaml names no public key for {name}"),
            hint=N_("see who has one: crm keys list"),
            name=name,
        )

    def compose(draft: Draft) -> None:
        draft.about("", "", SETTINGS, f"keys: {name} may no longer read")
        draft.edit(SETTINGS, _unnaming(session, name))
        _renew(draft, lambda ring, key: public in ring.readers(key), drop=public)

    return Prepared(session, compose)


def _unnaming(session: Session, name: str) -> list[Edit]:
    from crmkit.yaml.write import DELETE, Edit

    for i, member in enumerate(session.settings.team):
        if member.name == name:
            return [Edit(("team", i, "age"), DELETE)]
    recipients = session.settings.privacy.get("recipients") or {}
    steps = ("privacy", "recipients", name)
    return [Edit(steps[: 2 if len(recipients) == 1 else 3], DELETE)]


def rotate(session: Session) -> Prepared:
    """Give every dossier a new data key and encrypt its secrets anew."""

    def compose(draft: Draft) -> None:
        draft.about("", "", "", "keys: new data keys")
        _renew(draft, lambda _ring, _key: True)

    return Prepared(session, compose)


def _renew(draft: Draft, stale: Callable[[Keyring, str], bool], drop: str = "") -> None:
    """Write what stands under a stale key under a new one, in every dossier; retire the stale ones.

    `drop` is a public key whose entries go. What we cannot open stays as it is, and the draft's notice says so.
    """
    session = draft.session
    own, names = _secrets.mine(session), _secrets.readers(session.settings)
    left = 0
    for path, ring in _rings(session):
        old = [k for k in ring.ids if k not in ring.retired and stale(ring, k)]
        fresh: tuple[str, bytes] | None = None
        for record, field, steps, text in _values_under(session, path, {*old, *ring.retired}):
            where = _secrets.where_of(record, field)
            try:
                plain = _secrets.unsealed(text, ring, own, where, names)
            except Refused:
                left += 1
                continue
            if fresh is None:
                fresh = keyring.new_key()
                able = _secrets.readers_of(session, _secrets.customer_doc(session, path)).values()
                wanted = [to for to in able if to != drop]
                _add(draft, path, keyring.wrap(*fresh, wanted, _made(session)))
            _put(draft, record, steps, sealed.seal(plain, fresh[1], fresh[0], where))
        if old or any(e.to == drop for e in ring.entries):
            _retire(draft, path, {*old, *ring.retired}, drop)
    if left:
        text = ngettext(
            "{n} value could not be opened and stays as it is",
            "{n} values could not be opened and stay as they are",
            left,
        )
        draft.notice = text.format(n=left)


def _put(draft: Draft, path: str, steps: _secrets.Steps, text: str) -> None:
    from crmkit.yaml.write import Edit

    draft.edit(path, [Edit(steps, text)])


def _retire(draft: Draft, path: str, old: Collection[str], drop: str) -> None:
    """Mark keys as no longer written under; the entries of `drop` go, the others still open what was."""
    from crmkit.yaml import read
    from crmkit.yaml.write import DELETE, Edit

    listed = read.load(draft.text(path).encode(), path).data["keys"]
    edits: list[Edit] = []
    gone: list[Edit] = []
    for i, entry in enumerate(listed):
        ident = str(entry.get("id") or "") if isinstance(entry, dict) else ""
        if ident.partition(".")[0] not in old:
            continue
        if drop and entry.get("to") == drop:
            gone.insert(0, Edit(("keys", i), DELETE))
        else:
            edits.append(Edit(("keys", i, "retired"), value=True))
    draft.edit(path, [*edits, *gone])


def _values_under(
    session: Session, path: str, keys: set[str]
) -> Iterator[tuple[str, str, _secrets.Steps, str]]:
    """Yield `(record, field, steps, value)` of every secret in the folder of a `keys.yaml` that is under `keys`."""
    from crmkit.yaml import read

    folder = path.rpartition("/")[0]
    for file in layout.dossier_files(session.book, folder):
        place = layout.place_of(file)
        spec = session.catalog.kinds.get(place.kind) if place else None
        if spec is None or _secrets.keys_path(file) != path:
            continue
        data = read.load(session.book.read(file), file).data
        for field in _secrets.secrets_of(spec):
            for steps, text in _secrets.values(data, field.steps):
                value = sealed.parse(text) if sealed.is_sealed(text) else None
                if value and value.key in keys:
                    yield file, field.name, steps, text


def _rings(session: Session) -> Iterator[tuple[str, Keyring]]:
    """Yield every `keys.yaml` of the book."""
    for top in layout.folders(session.catalog):
        for base, dirs, names in os.walk(session.book.root / top):
            dirs[:] = sorted(d for d in dirs if d != layout.FILES and d[0] != ".")
            if keyring.NAME in names:
                path = (Path(base) / keyring.NAME).relative_to(session.book.root).as_posix()
                yield path, Keyring.read(session.book.read(path), path)


def listed(session: Session) -> list[Reader]:
    """Return everybody whose public key crm.yaml names."""
    own: Identity = _secrets.mine(session)
    rings = [ring for _, ring in _rings(session)]
    members = {m.name for m in session.settings.team}

    def opens(to: str) -> int:
        return sum(all(to in r.readers(k) for k in r.ids if k not in r.retired) for r in rings)

    return [
        Reader(name, to, opens(to), len(rings), to in own.recipients, name in members)
        for name, to in _secrets.readers(session.settings).items()
    ]
