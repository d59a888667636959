"""Secrets on their way through the door: what stands in plain text is encrypted before anything is written.

Runs over a composed draft, so that no command can forget it. What is encrypted already must belong where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from crmkit.actions import _secrets
from crmkit.book import layout
from crmkit.crypt import keyring, sealed
from crmkit.crypt.keyring import Keyring, Wrapped
from crmkit.errors import CrmError, Refused
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.crypt.identity import Identity
    from crmkit.records.catalog import FieldSpec
    from crmkit.yaml.write import Edit


def seal(draft: Draft) -> None:
    """Encrypt every secret of the draft's records that stands in plain text; see `seal_file`."""
    for path in list(draft.files):
        seal_file(draft, path)


def mend(draft: Draft, path: str) -> None:
    """Encrypt the secrets that stand in plain text in a file which is not changed otherwise."""
    if path not in draft.files:
        text = draft.text(path)
        draft.put(path, text, base=text.encode())
    seal_file(draft, path, same=True)


def seal_file(draft: Draft, path: str, *, same: bool = False) -> None:
    """Encrypt the secrets in one file of a draft.

    One that has not changed keeps its ciphertext. Raises Refused where nobody could open it again, and Altered for
    a ciphertext of another record or field. `same`: also in a file that does not change.
    """
    file = draft.files[path]
    if file.new is None or (file.new == file.old and not same) or path in draft.restored:
        return
    place = layout.place_of(path)
    spec = draft.session.catalog.kinds.get(place.kind) if place else None
    fields = _secrets.secrets_of(spec) if spec else ()
    if any(f.name.rpartition(".")[2].encode() in file.new for f in fields):
        if draft.sealer is None:
            draft.sealer = Sealer(draft)
        draft.sealer.file(path, file.old, file.new, fields)
        if place and place.kind == "customer" and file.old is not None:
            draft.sealer.handed_over(path, file.old)


def scrubbed(text: str, fields: Sequence[FieldSpec]) -> str:
    """Return a text that may be no YAML at all without the secrets that stand in it in plain text."""
    names = "|".join(re.escape(f.name.rpartition(".")[2]) for f in fields)
    if not names:
        return text
    return re.sub(rf"(?m)^(\s*(?:- )?(?:{names})\s*:)(?!\s*['\"]?enc:v1:)[^\S\n]*\S.*$", r"\1", text)


class Sealer:
    """The secrets of one draft, with the keys at hand."""

    def __init__(self, draft: Draft) -> None:
        """For the files of `draft`."""
        self.draft = draft
        self.session = draft.session
        self.rings: dict[str, Keyring] = {}

    @cached_property
    def own(self) -> Identity:
        """The private keys of whoever acts."""
        return _secrets.mine(self.session)

    @cached_property
    def readers(self) -> Mapping[str, str]:
        """Everybody's public keys, by name."""
        return _secrets.readers(self.session.settings)

    def wanted(self, path: str) -> tuple[str, ...]:
        """Return the public keys of those who may read the secrets beside the record at `path`.

        The draft may hold its customer already: as it will stand counts.
        """
        folder = path.rpartition("/")[0]
        changed = self.draft.files.get(f"{folder}/{layout.CUSTOMER_FILE}")
        doc = _secrets.customer_doc(self.session, path)
        if changed is not None and changed.new is not None:
            doc = {**doc, **_data(changed.new, path)}
        return tuple(_secrets.readers_of(self.session, doc).values())

    def file(self, path: str, old: bytes | None, new: bytes, fields: Sequence[FieldSpec]) -> None:
        """Encrypt what the file at `path` holds in plain text, and look at what it holds encrypted."""
        from crmkit.yaml import read, write

        try:
            data = read.load(new, path).data
        except read.Unreadable:
            if scrubbed(text := new.decode("utf-8", "replace"), fields) != text:
                raise
            return  # it was unreadable before, and the check has the last word
        before = _data(old, path)
        edits = []
        for field in fields:
            known = [text for _, text in _secrets.values(before, field.steps)]
            for steps, text in _secrets.values(data, field.steps):
                if not text.strip() or (sealed.is_sealed(text) and text in known):
                    continue
                if sealed.is_sealed(text):
                    self._belongs(path, field, text)
                else:
                    edits.append(self._sealed(path, field, steps, text, known))
        if edits:
            self.draft.put(path, write.edit(new.decode("utf-8"), edits), base=old)

    def _sealed(
        self, path: str, field: FieldSpec, steps: _secrets.Steps, text: str, known: Sequence[str]
    ) -> Edit:
        from crmkit.records.entry import checked_secret
        from crmkit.yaml.write import Edit

        text = checked_secret(field, text)
        where = _secrets.where_of(path, field.name)
        for same in known:
            if self._opened(path, same, where) == text:
                return Edit(steps, same)
        key_id, key = self._key(path)
        return Edit(steps, sealed.seal(text, key, key_id, where))

    def _opened(self, path: str, text: str, where: sealed.Where) -> str | None:
        if not sealed.is_sealed(text):
            return None
        try:
            return _secrets.unsealed(text, self._ring(path), self.own, where, self.readers)
        except CrmError:
            return None

    def handed_over(self, path: str, old: bytes) -> None:
        """Let whoever may see the customer at `path` from now on read its secrets, where we can open them."""
        spec, now = self.session.catalog.kinds["customer"], _data(self.draft.maybe(path), path)
        ring, before = self._ring(path), _data(old, path)
        same = all(before.get(f.name) == now.get(f.name) for f in spec.marked("owner"))
        if same or not ring.entries:
            return
        made = self.session.now.isoformat(timespec="seconds")
        for key_id in ring.ids:
            missing = [to for to in self.wanted(path) if to not in ring.readers(key_id)]
            key = ring.open(key_id, self.own) if missing and key_id not in ring.retired else None
            if key is not None:
                self._add(path, keyring.wrap(key_id, key, missing, made))

    def _belongs(self, path: str, field: FieldSpec, text: str) -> None:
        """Raise Altered for a ciphertext that comes from elsewhere; one that we cannot open may stay."""
        where = _secrets.where_of(path, field.name)
        value = sealed.parse(text)
        if value is not None and value.key not in self._ring(path).ids:
            self._adopt(path, value.key)
        try:
            _secrets.unsealed(text, self._ring(path), self.own, where, self.readers)
        except sealed.Altered:
            raise
        except Refused:
            return

    def _adopt(self, path: str, key_id: str) -> None:
        """Take over the key of a dossier that goes in this very change: its records move here."""
        for other, file in self.draft.files.items():
            if file.new is None and other.endswith(f"/{keyring.NAME}"):
                entries = [e for e in Keyring.read(file.old, other).entries if e.key == key_id]
                self._add(path, entries)

    def _ring(self, path: str) -> Keyring:
        where = _secrets.keys_path(path)
        if where not in self.rings:
            self.rings[where] = Keyring.read(self.draft.maybe(where), where)
        return self.rings[where]

    def _key(self, path: str) -> tuple[str, bytes]:
        """Return the data key to write under, made and wrapped to all readers where there is none for us."""
        ring, wanted = self._ring(path), self.wanted(path)
        if not wanted:
            raise Refused(
                N_("a secret cannot be kept yet: nobody could read it again"),
                hint=N_("make your key first: crm keys init"),
            )
        made = str(self.session.now.isoformat(timespec="seconds"))
        found = ring.current(self.own, wanted)
        if found is None:
            found = keyring.new_key()
        missing = [to for to in wanted if to not in ring.readers(found[0])]
        if missing:
            self._add(path, keyring.wrap(*found, missing, made))
        return found

    def _add(self, path: str, entries: Sequence[Wrapped]) -> None:
        where = _secrets.keys_path(path)
        ring = self._ring(path)
        self.draft.put(where, added(self.draft.maybe(where), entries), base=self.draft.maybe(where))
        self.rings[where] = Keyring((*ring.entries, *entries), where)


def added(raw: bytes | None, entries: Sequence[Wrapped]) -> str:
    """Return the text of a `keys.yaml` with more entries."""
    from crmkit.yaml import read, write
    from crmkit.yaml.write import Edit

    plain = [e.to_yaml() for e in entries]
    if raw is None or not isinstance(
        listed := read.load(raw, keyring.NAME, empty_ok=True).data.get("keys"), list
    ):
        return _secrets.HEAD + write.dump({"keys": plain})
    edits = [Edit(("keys", len(listed) + i), entry) for i, entry in enumerate(plain)]
    return write.edit(raw.decode("utf-8"), edits)


def _data(raw: bytes | None, path: str) -> Any:
    from crmkit.yaml import read

    try:
        return read.load(raw, path).data if raw is not None else {}
    except read.Unreadable:
        return {}
