"""What lies in a book's folders and cannot be read as a record: named, never passed over."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from crmkit.errors import Problem, msg
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.records.catalog import Catalog


def is_link(path: str) -> bool:
    """Whether a path is a link."""
    return Path(path).is_symlink()


def linked(path: str) -> Problem:
    """Return the problem of a link or device where a record should be."""
    message = msg(N_("a link or device is not read: records are plain files inside the book"))
    return Problem(path, 0, "", "path.link", "error", message, msg(N_("put the file itself here")))


def closed(path: str, error: OSError) -> Problem:
    """Return the problem of a file or folder that cannot be read."""
    message = msg(N_("the file cannot be read: {why}"), why=error.strerror or str(error))
    return Problem(path, 0, "", "path.closed", "error", message, msg(N_("look at its permissions")))


def unlisted(root: str, path: str) -> list[tuple[Problem, bool]]:
    """Return the problem of a folder whose files cannot be listed; nothing where it is gone."""
    try:
        os.listdir(f"{root}/{path}")  # noqa: PTH208 - only whether it can be listed
    except FileNotFoundError:
        return []
    except OSError as e:
        return [(closed(path, e), True)]
    return []


def yml(path: str) -> Problem:
    """Return the problem of a record that ends in .yml."""
    message = msg(N_("records end in .yaml; this file is not read"))
    return Problem(
        path,
        0,
        "",
        "path.yml",
        "error",
        message,
        msg(N_("rename it: mv {old} {new}"), old=path, new=path[:-4] + ".yaml"),
    )


def no_kind(path: str, kind: str, catalog: Catalog) -> Problem:
    """Return the problem of a file whose name begins with no kind of record."""
    from crmkit.values.suggest import nearest

    near = nearest(kind, catalog.kinds)
    hint = (
        msg(N_("did you mean {near!r}?"), near=near)
        if near
        else msg(N_("names begin with one of {kinds}"), kinds=", ".join(catalog.kinds))
    )
    return Problem(
        path, 0, "", "path.kind", "error", msg(N_("no kind of record is called {name!r}"), name=kind), hint
    )


def hidden_records(root: str, path: str) -> list[tuple[Problem, bool]]:
    """Return a problem for a folder inside a dossier (or a link to one) that hides records."""
    if is_link(f"{root}/{path}"):
        return [(linked(path), True)]
    if any(name.endswith((".yaml", ".yml")) for _, _, names in os.walk(f"{root}/{path}") for name in names):
        message = msg(N_("records in a folder inside a dossier are not read"))
        return [
            (
                Problem(
                    path, 0, "", "path.deep", "error", message, msg(N_("move them up, beside customer.yaml"))
                ),
                True,
            )
        ]
    return []
