"""`crm reveal`: a secret in plain text, with an entry in the access log that is committed first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmkit.actions import _secrets
from crmkit.actions._write import Prepared
from crmkit.book import naming
from crmkit.errors import NotFound, UsageError
from crmkit.i18n import N_
from crmkit.records.place import place
from crmkit.yaml import read, write

if TYPE_CHECKING:
    from crmkit.actions._write import Draft
    from crmkit.actions.session import Session

LOG = "access.yaml"
"""Who read which secret, in its dossier; a list whose entries have ids, so that clones' entries add up."""

HEAD = (
    "# Who read which secret, when and why; written by crm reveal. The values themselves never stand here.\n"
)


def reveal(session: Session, ident: str, field: str, why: str = "") -> tuple[str, Prepared]:
    """Return a secret in plain text, and the change that writes the access log; apply it before showing the text.

    Raises NotFound where the field is empty, UsageError where it is no secret, Refused where no key opens it.
    """
    hit = session.resolve(ident)
    spec = session.catalog.kinds[hit.kind]
    data = read.load(session.book.read(hit.path), hit.path).data
    known, steps = place(spec, data, field)
    if "secret" not in known.marks:
        raise UsageError(N_("{field} is no secret: it stands in crm show {id}"), field=known.name, id=hit.id)
    found = [text for at, text in _secrets.values(data, known.steps) if at[: len(steps)] == steps]
    if not found:
        raise NotFound(N_("{id} has no {field}"), id=hit.id, field=known.name)
    where = _secrets.where_of(hit.path, known.name)
    ring, own = _secrets.ring_at(session, hit.path), _secrets.mine(session)
    names = _secrets.readers(session.settings)
    plain = "\n".join(_secrets.unsealed(text, ring, own, where, names) for text in found)
    entry = {
        "id": f"read-{session.today:%y%m%d}-{naming.random_letters(6)}",
        "at": session.stamp,
        "by": session.actor_name,
        "record": hit.id,
        "field": ".".join(map(str, steps)),
        "why": why or None,
    }
    path = f"{hit.path.rpartition('/')[0]}/{LOG}"

    def compose(draft: Draft) -> None:
        draft.about(hit.id, hit.kind, path, f"reveal {hit.id}: {known.name}")
        raw = draft.maybe(path)
        draft.put(path, _with(raw, {k: v for k, v in entry.items() if v is not None}), base=raw)

    return plain, Prepared(session, compose)


def _with(raw: bytes | None, entry: dict[str, object]) -> str:
    from crmkit.yaml.write import Edit

    if raw is None:
        return HEAD + write.dump({"reads": [entry]})
    listed = read.load(raw, LOG, empty_ok=True).data.get("reads")
    count = len(listed) if isinstance(listed, list) else 0
    return write.edit(raw.decode("utf-8"), [Edit(("reads", count), entry)])
