"""Made-up histories: people who edit a book in several clones, offline, and meet now and then.

The same edits work on trees in memory (thousands of histories) and on real clones (a few dozen). Every value that
somebody writes is a token, so that what a merge loses can be counted.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from crmkit.book import attic, dating
from crmkit.book.join import digest, join
from crmkit.book.merge import Stamp, Steps
from crmkit.yaml.read import Unreadable, load
from crmkit.yaml.write import DELETE, Edit, dump, edit

TOKEN = re.compile(rb"v\d+x")
Tree = dict[str, bytes]


class People:
    """Draws edits; `tree` is changed in place."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.count = 0

    def token(self) -> str:
        self.count += 1
        return f"v{self.count}x"

    def pick(self, items: Collection[str]) -> str:
        return self.random.choice(sorted(items))

    def act(self, tree: Tree) -> str:
        """Make one edit and say which."""
        acts = [
            self.note, self.note, self.contact, self.contact, self.tags, self.deal, self.new_customer,
            self.new_followup, self.new_followup, self.approve, self.approve, self.remove, self.remove_dossier,
            self.secret, self.attachment, self.campaign, self.settings, self.settle, self.payment,
        ]  # fmt: skip
        chosen = self.random.choice(acts)
        try:
            chosen(tree)
        except IndexError:  # nothing of the kind is there
            return ""
        return chosen.__name__

    # -- what people do

    def customers(self, tree: Tree) -> list[str]:
        return [p for p in tree if p.endswith("/customer.yaml")]

    def change(self, tree: Tree, path: str, *edits: Edit) -> None:
        tree[path] = edit(tree[path].decode(), list(edits)).encode()

    def note(self, tree: Tree) -> None:
        path = self.pick(self.customers(tree))
        name = self.random.choice(["note", "preferences", "business_scope"])
        self.change(tree, path, Edit((name,), DELETE if self.random.random() < 0.1 else self.token()))

    def contact(self, tree: Tree) -> None:
        path = self.pick(self.customers(tree))
        contacts = load(tree[path], path).data.get("contacts") or []
        way = self.random.random()
        at = self.random.randrange(len(contacts)) if contacts else 0
        if not contacts or way < 0.25:
            new = {"name": self.random.choice(["王工", "李工", self.token()]), "wechat": self.token()}
            self.change(tree, path, Edit(("contacts", len(contacts)), new))
        elif way < 0.35:
            self.change(tree, path, Edit(("contacts", at), DELETE))
        elif way < 0.45:
            self.change(tree, path, Edit(("contacts", at, "name"), self.token()))
        else:
            name = self.random.choice(["wechat", "department", "concerns"])
            self.change(tree, path, Edit(("contacts", at, name), self.token()))

    def tags(self, tree: Tree) -> None:
        path = self.pick(self.customers(tree))
        tags = load(tree[path], path).data.get("tags") or []
        if tags and self.random.random() < 0.3:
            self.change(tree, path, Edit(("tags", self.random.randrange(len(tags))), DELETE))
        else:
            self.change(tree, path, Edit(("tags", len(tags)), self.token()))

    def deal(self, tree: Tree) -> None:
        deals = [p for p in tree if "/opportunity-" in p]
        if not deals or self.random.random() < 0.4:
            folder = self.pick(self.customers(tree)).rpartition("/")[0]
            own = self.owner(tree, folder)
            tree[f"{folder}/opportunity-240601-{self.letters()}.yaml"] = dump(
                {"name": self.token(), "stage": "new", "amount": 1000, "source": own}
            ).encode()
            return
        path = self.pick(deals)
        if self.random.random() < 0.5:
            self.change(
                tree, path, Edit(("stage",), self.random.choice(["qualify", "proposal", "negotiation"]))
            )
        else:
            self.change(tree, path, Edit(("amount",), self.random.randrange(1000, 9999)))

    def payment(self, tree: Tree) -> None:
        path = self.pick([p for p in tree if "/opportunity-" in p])
        items = load(tree[path], path).data.get("items") or []
        if not items or self.random.random() < 0.4:
            new = {"product": self.token(), "quantity": 1, "unit_price": 10}
            self.change(tree, path, Edit(("items", len(items)), new))
        else:
            at = self.random.randrange(len(items))
            what = self.random.choice(["quantity", "unit_price"])
            self.change(tree, path, Edit(("items", at, what), self.random.randrange(1, 99)))

    def letters(self) -> str:
        return "".join(self.random.choice("abcdefghjk0123456789") for _ in range(4))

    def owner(self, tree: Tree, folder: str) -> str:
        raw = tree.get(f"{folder}/customer.yaml")
        return str(load(raw, "").data.get("website", "")) if raw else ""

    def new_customer(self, tree: Tree) -> None:
        own = f"https://{self.token()}.example.com"
        body: dict[str, Any] = {
            "name": self.token() + "有限公司",
            "type": "company",
            "source": "hotline",
            "website": own,
        }
        if self.random.random() < 0.5:
            folder = f"customers/drafts/draft-240601-{self.letters()}"
        else:
            folder = f"customers/2024/{self.number(tree)}"
        tree[f"{folder}/customer.yaml"] = dump(body).encode()

    def number(self, tree: Tree) -> str:
        used = {p.split("/")[2] for p in tree if p.startswith("customers/2024/")}
        used |= set(tree.get("customers/retired.txt", b"").decode().split())
        last = max((int(n[7:]) for n in used), default=0)
        return f"202406-{last + 1:03d}"

    def new_followup(self, tree: Tree) -> None:
        folder = self.pick(self.customers(tree)).rpartition("/")[0]
        mine = [p for p in tree if p.startswith(f"{folder}/followup-")]
        if mine and self.random.random() < 0.5:
            self.change(tree, self.pick(mine), Edit(("outline",), self.token()))
            return
        body = {"reason": self.token(), "due": "2024-06-20", "goal": self.owner(tree, folder)}
        tree[f"{folder}/followup-240601-{self.letters()}.yaml"] = dump(body).encode()

    def approve(self, tree: Tree) -> None:
        path = self.pick([p for p in self.customers(tree) if "/drafts/" in p])
        folder = path.rpartition("/")[0]
        number = self.number(tree)
        target = f"customers/2024/{number}"
        self.change(tree, path, Edit(("formerly",), [folder.rpartition("/")[2]]))
        for old in [p for p in tree if p.startswith(f"{folder}/")]:
            tree[target + old[len(folder) :]] = tree.pop(old)

    def remove(self, tree: Tree) -> None:
        del tree[self.pick([p for p in tree if "/followup-" in p])]

    def remove_dossier(self, tree: Tree) -> None:
        if self.random.random() < 0.6:
            return
        folder = self.pick(self.customers(tree)).rpartition("/")[0]
        for path in [p for p in tree if p.startswith(f"{folder}/")]:
            del tree[path]
        if "/drafts/" not in folder:
            old = tree.get("customers/retired.txt", b"")
            tree["customers/retired.txt"] = old + folder.rpartition("/")[2].encode() + b"\n"

    def secret(self, tree: Tree) -> None:
        path = self.pick(self.customers(tree))
        keys = f"{path.rpartition('/')[0]}/keys.yaml"
        entries = load(tree[keys], keys).data["keys"] if keys in tree else []
        token = self.token()
        tree[keys] = dump({"keys": [*entries, {"id": token, "wrapped": f"w{token}"}]}).encode()
        self.change(tree, path, Edit(("bank_account",), f"enc:v1:{token}:{self.token()}"))

    def attachment(self, tree: Tree) -> None:
        folder = self.pick(self.customers(tree)).rpartition("/")[0]
        name = self.random.choice(["示例-营业执照-2024-06.pdf", "示例-方案-2024-06.pdf"])
        tree[f"{folder}/files/{name}"] = b"\xff\xfe" + self.token().encode()

    def campaign(self, tree: Tree) -> None:
        path = "campaigns/2024/campaign-240601-aaaa.yaml"
        customer = self.pick([p for p in self.customers(tree) if "/drafts/" not in p])
        entry = {"customer": customer.split("/")[2], "result": self.owner(tree, customer.rpartition("/")[0])}
        if path not in tree:
            tree[path] = dump({"name": self.token(), "participants": [entry]}).encode()
            return
        there = load(tree[path], path).data.get("participants") or []
        if not any(p["customer"] == entry["customer"] for p in there):
            self.change(tree, path, Edit(("participants", len(there)), entry))

    def settings(self, tree: Tree) -> None:
        self.change(tree, "crm.yaml", Edit(("name",), self.token()))

    def settle(self, tree: Tree) -> None:
        path = self.pick([p for p in tree if p.rpartition("/")[2] == "attic.yaml"])
        entry = self.random.choice(attic.read(tree[path], path))
        left = attic.settled(tree[path], [entry.id], path)
        if left is None:
            del tree[path]
        else:
            tree[path] = left


def flaws(tree: Tree) -> list[str]:
    """Return what is wrong in a book that clones have merged."""
    found = []
    owners: dict[str, str] = {}
    for path, raw in tree.items():
        if b"<<<<<<<" in raw or b">>>>>>>" in raw:
            found.append(f"{path}: conflict markers")
        if not path.endswith(".yaml"):
            continue
        try:
            if path.rpartition("/")[2] == "attic.yaml":
                attic.read(raw, path)
                continue
            doc = load(raw, path).data
        except Unreadable as e:
            found.append(f"{path}: {e}")
            continue
        if path.endswith("/customer.yaml"):
            owners[path.rpartition("/")[0]] = doc.get("website", "")
    for path, raw in tree.items():
        folder = path.rpartition("/")[0]
        if "/followup-" in path or "/opportunity-" in path:
            doc = load(raw, path).data
            said = doc.get("goal") if "/followup-" in path else doc.get("source")
            if folder not in owners:
                found.append(f"{path}: no customer in its folder")
            elif said and owners[folder] and said != owners[folder]:
                found.append(f"{path}: lies in the dossier of another customer")
        if path.startswith("campaigns/"):
            for p in load(raw, path).data.get("participants") or ():
                own = owners.get(f"customers/2024/{p['customer']}")
                if own and p.get("result") and own != p["result"]:
                    found.append(f"{path}: {p['customer']} is another customer now")
    return found


# ---- in memory


@dataclass(frozen=True)
class Commit:
    """One commit: its tree by blobs, its parents, when and by whom; `merge` for one that a sync made."""

    number: int
    tree: dict[str, str]
    parents: tuple[int, ...]
    at: int
    by: str
    merge: bool = False


@dataclass
class World:
    """All commits of all clones."""

    commits: list[Commit] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    known: dict[int, frozenset[int]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    attics: int = 0
    merges: int = 0
    renumbered: int = 0

    def commit(self, tree: Tree, parents: tuple[int, ...], at: int, by: str, *, merge: bool = False) -> int:
        number = len(self.commits)
        names = {}
        for path, raw in tree.items():
            names[path] = digest(raw)
            self.blobs[names[path]] = raw
        self.commits.append(Commit(number, names, parents, at, by, merge))
        self.known[number] = frozenset({number}).union(*(self.known[p] for p in parents))
        return number

    def tree(self, commit: int) -> Tree:
        return {path: self.blobs[name] for path, name in self.commits[commit].tree.items()}

    def base(self, one: int, two: int) -> int:
        common = self.known[one] & self.known[two]
        best = [c for c in common if not any(c in self.known[o] and o != c for o in common)]
        assert len(best) == 1
        return best[0]

    def dates(self, tip: int, base: int, paths: Collection[str]) -> Callable[[Steps], Stamp]:
        def versions() -> list[dating.Version]:
            found = []
            for number in self.known[tip] - self.known[base]:
                commit = self.commits[number]
                if commit.merge:
                    continue
                before = self.commits[commit.parents[0]].tree if commit.parents else {}
                pairs = [(before.get(p, ""), commit.tree.get(p, "")) for p in paths]
                if any(old != new for old, new in pairs):
                    stamp = Stamp(float(commit.at), commit.by, f"2024-06-01T00:{commit.at:04d}")
                    found.append(
                        (commit.at, number, dating.Version(stamp, [x for x in pairs if x[0] != x[1]]))
                    )
            return [v for _, _, v in sorted(found, key=lambda f: f[:2], reverse=True)]

        return dating.dated(versions, lambda blob: load(self.blobs[blob], "").data if blob else {})

    def meet(self, ours: int, theirs: int, at: int, by: str) -> int:
        """Return the commit that joins two, as `crm sync` does."""
        base = self.base(ours, theirs)
        if base == ours:
            return theirs
        if base == theirs:
            return ours
        trees = [self.commits[c].tree for c in (base, ours, theirs)]
        joined = join(
            trees[0],
            trees[1],
            trees[2],
            self.blobs.__getitem__,
            dates=lambda side, paths: self.dates(ours if side == "ours" else theirs, base, paths),
            refers=lambda path: ("participants.customer",) if path.startswith("campaigns/") else (),
        )
        merged = {p: f if isinstance(f, bytes) else self.blobs[f] for p, f in joined.files.items()}
        old, one, two = (self.tokens(self.tree(c)) for c in (base, ours, theirs))
        for token in (one | two) - self.tokens(merged):
            if token not in old or (token in one and token in two):
                self.lost.append(token.decode())
        self.lost += flaws(merged)
        self.attics += len(joined.lost)
        self.merges += 1
        self.renumbered += len(joined.renumbered)
        return self.commit(merged, (ours, theirs), at, by, merge=True)

    @staticmethod
    def tokens(tree: Tree) -> set[bytes]:
        return {token for raw in tree.values() for token in TOKEN.findall(raw)}


def live(seed: int, clones: int = 3, turns: int = 14) -> World:
    """Let people work and meet; raises AssertionError where their clones end up different."""
    people = People(seed)
    world = World()
    start: Tree = {"crm.yaml": b"name: v0x\n"}
    for _ in range(3):
        people.new_customer(start)
    hub = world.commit(start, (), 0, "root")
    heads = [hub] * clones
    at = 0
    for _ in range(turns):
        who = people.random.randrange(clones)
        at += people.random.randrange(2)  # sometimes in the same second
        if people.random.random() < 0.2:
            heads[who] = hub = world.meet(heads[who], hub, at, f"p{who}")
            continue
        tree = world.tree(heads[who])
        if people.act(tree):
            heads[who] = world.commit(tree, (heads[who],), at, f"p{who}")
    order = list(range(clones))
    people.random.shuffle(order)
    for who in [*order, *order]:
        heads[who] = hub = world.meet(heads[who], hub, at + 1, f"p{who}")
    assert len(set(heads)) == 1
    return world
