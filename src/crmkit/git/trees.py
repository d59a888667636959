"""A commit's tree with some paths changed: only the folders on the way are read and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from crmkit.git.objects import BLOB, TREE, Leaf, Reader, Writer, pack_tree


@dataclass
class _Folder:
    """What changes in one folder: files by name (None: goes), and folders below."""

    files: dict[str, Leaf | None] = field(default_factory=dict)
    folders: dict[str, _Folder] = field(default_factory=dict)


def changed(reader: Reader, writer: Writer, root: str | None, files: Mapping[str, Leaf | None]) -> str | None:
    """Return the tree that `root` becomes with `files` in it (None: not in it); None for an empty one.

    `root` is None where nothing is committed yet. A folder that becomes empty goes.
    """
    top = _Folder()
    for path, leaf in files.items():
        folder = top
        *parts, name = path.split("/")
        for part in parts:
            folder = folder.folders.setdefault(part, _Folder())
        folder.files[name] = leaf
    return _write(reader, writer, root, top)


def _write(reader: Reader, writer: Writer, sha: str | None, folder: _Folder) -> str | None:
    leaves = reader.tree(sha) if sha else {}
    for name, leaf in folder.files.items():
        if leaf is None:
            leaves.pop(name, None)
        else:
            leaves[name] = leaf
    for name, below in folder.folders.items():
        old = leaves.get(name)
        inner = _write(reader, writer, old.sha if old and old.mode == TREE else None, below)
        if folder.files.get(name) is not None:
            continue  # a file takes the folder's place
        if inner is None:
            leaves.pop(name, None)
        else:
            leaves[name] = Leaf(TREE, inner)
    return writer.write("tree", pack_tree(leaves)) if leaves else None


class Snapshot:
    """What one commit holds, read folder by folder as it is asked for."""

    def __init__(self, reader: Reader, root: str | None) -> None:
        """`root` is the commit's tree, None before the first commit."""
        self._reader = reader
        self._trees: dict[str, dict[str, Leaf]] = {"": reader.tree(root) if root else {}}

    def leaf(self, path: str) -> Leaf | None:
        """Return what stands at `path`, a file or a folder."""
        folder, _, name = path.rpartition("/")
        return self._tree(folder).get(name)

    def files(self, path: str) -> dict[str, Leaf]:
        """Return the file at `path`, or all files below it, by path."""
        leaf = self.leaf(path)
        if leaf is None:
            return {}
        if leaf.mode != TREE:
            return {path: leaf}
        found: dict[str, Leaf] = {}
        for name in self._tree(path):
            found |= self.files(f"{path}/{name}")
        return found

    def mode(self, path: str) -> str:
        """Return the mode that a file at `path` keeps."""
        leaf = self.leaf(path)
        return leaf.mode if leaf and leaf.mode.startswith("100") else BLOB

    def _tree(self, path: str) -> dict[str, Leaf]:
        if path not in self._trees:
            leaf = self.leaf(path)
            self._trees[path] = self._reader.tree(leaf.sha) if leaf and leaf.mode == TREE else {}
        return self._trees[path]
