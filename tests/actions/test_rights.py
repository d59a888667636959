"""Who may see and change what: every deed for every role, from tests/actions/data/rights.yaml (R-001-41 to R-001-44)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crmkit.actions import add, approve, log, rm, send_back, show, submit
from crmkit.actions import set as setting
from crmkit.actions._write import Draft, Prepared
from crmkit.actions.log import LogEntry
from crmkit.actions.session import Session, open_session
from crmkit.errors import NotFound, Refused, UsageError
from crmkit.yaml import read
from crmkit.yaml.write import Edit

TABLE = read.load((Path(__file__).parent / "data/rights.yaml").read_bytes(), "rights.yaml").data
SETTINGS = """\
name: test
review: true
team:
  - {name: 李四, email: lisi@example.com, roles: [sales]}
  - {name: 王芳, email: wangfang@example.com, roles: [sales]}
  - {name: 郑凯, email: zhengkai@example.com, roles: [sales_lead]}
  - {name: 陈晨, email: chenchen@example.com, roles: [service]}
  - {name: 孙悦, email: sunyue@example.com, roles: [success]}
  - {name: 林涛, email: lintao@example.com, roles: [implementation]}
  - {name: 何佳, email: hejia@example.com, roles: [marketing]}
  - {name: 吴磊, email: wulei@example.com, roles: [legal]}
  - {name: 周敏, email: zhoumin@example.com, roles: [supervisor]}
  - {name: 赵静, email: zhaojing@example.com, roles: [admin]}
  - {name: 新人, email: xinren@example.com}
"""
FILES = {
    "crm.yaml": SETTINGS,
    "customers/2024/202406-001/customer.yaml": "name: 甲\nowner: 李四\n",
    "customers/2024/202406-002/customer.yaml": "name: 乙\nowner: 王芳\n",
    "customers/2024/202406-002/plan-240601-aaaa.yaml": "name: 方案\nowner: 王芳\n",
    "customers/2024/202406-002/contract-240601-bbbb.yaml": (
        "number: HT-1\nowner: 王芳\nreview: {state: submitted, submitted_by: 王芳, submitted_at: 2024-06-12}\n"
    ),
    "customers/2024/202406-003/customer.yaml": "name: 丙\nowner: 王芳\nsuccess_manager: 孙悦\n",
    "customers/2024/202406-004/customer.yaml": "name: 丁\nowner: 王芳\ncollaborators: [李四]\n",
    "customers/2024/202406-005/customer.yaml": "name: 戊\nowner: 王芳\n",
    "customers/2024/202406-005/feedback-240601-cccc.yaml": (
        "type: complaint\nreceived_at: 2024-06-01\ncontent: 慢\nowner: 李四\n"
    ),
    "customers/2024/202406-006/customer.yaml": "name: 己\n",
    "customers/drafts/draft-240601-dddd/customer.yaml": "name: 庚\nowner: 李四\nreview: {state: draft}\n",
    "customers/drafts/draft-240601-eeee/customer.yaml": (
        "name: 辛\nowner: 李四\nreview: {state: submitted, submitted_by: 李四, submitted_at: 2024-06-12}\n"
    ),
}
MINE, OTHER, MANAGED, SHARED, NOBODY = (f"202406-00{n}" for n in (1, 2, 3, 4, 6))
CASE, PLAN, CONTRACT = "feedback-240601-cccc", "plan-240601-aaaa", "contract-240601-bbbb"
TALK = LogEntry(content="x")


def settings_changed(s: Session) -> Prepared:
    def compose(draft: Draft) -> None:
        base = (s.book.root / "crm.yaml").read_bytes()
        draft.put("crm.yaml", SETTINGS.replace("test", "other"), base=base)

    return Prepared(s, compose)


def ticked(s: Session) -> Prepared:
    """A tick of whatever duty the person's role has, in his own name."""
    member = s.settings.member(s.actor)
    roles = member.roles if member else ()
    duty = next((c.name for c in s.settings.chores if c.role in roles), "status_review")

    def compose(draft: Draft) -> None:
        text = f"{duty}:\n  - {{due: 2024-06-30, done_on: 2024-06-15, by: {s.actor_name}}}\n"
        draft.put("chores/2024.yaml", text, base=None)

    return Prepared(s, compose)


def verdict(s: Session) -> Prepared:
    """An approval in the name of somebody who may give it, written by hand."""
    path = s.resolve("draft-240601-eeee").path
    by = "周敏" if s.actor_name != "周敏" else "赵静"
    edits = [Edit(("review", "state"), "approved"), Edit(("review", "reviewed_by"), by)]
    return Prepared(s, lambda draft: draft.edit(path, edits))


def forged(s: Session) -> Prepared:
    fields = {"name": "壬", "owner": s.actor_name, "created_by": "王芳"}
    return Prepared(s, lambda draft: draft.about("", "", "", draft.create("customer", fields)))


DEEDS: dict[str, Callable[[Session], Any]] = {
    "show mine": lambda s: show.show(s, MINE),
    "show other": lambda s: show.show(s, OTHER),
    "show shared": lambda s: show.show(s, SHARED),
    "show nobody": lambda s: show.show(s, NOBODY),
    "show case": lambda s: show.show(s, CASE),
    "show contract of other": lambda s: show.show(s, CONTRACT),
    "set mine": lambda s: setting.set_fields(s, [MINE], ["note=x"]),
    "set other": lambda s: setting.set_fields(s, [OTHER], ["note=x"]),
    "set managed": lambda s: setting.set_fields(s, [MANAGED], ["note=x"]),
    "set shared": lambda s: setting.set_fields(s, [SHARED], ["note=x"]),
    "set nobody": lambda s: setting.set_fields(s, [NOBODY], ["note=x"]),
    "set case": lambda s: setting.set_fields(s, [CASE], ["solution=x"]),
    "set plan of other": lambda s: setting.set_fields(s, [PLAN], ["goal=x"]),
    "set contract of other": lambda s: setting.set_fields(s, [CONTRACT], ["name=x"]),
    "log mine": lambda s: log.log(s, MINE, TALK),
    "log other": lambda s: log.log(s, OTHER, TALK),
    "log shared": lambda s: log.log(s, SHARED, TALK),
    "complain other": lambda s: add.add(s, "feedback", OTHER, ["content=x"]),
    "order mine": lambda s: add.add(s, "order", MINE, ["number=1", "ordered_on=2024-06-01"]),
    "order other": lambda s: add.add(s, "order", OTHER, ["number=1", "ordered_on=2024-06-01"]),
    "order shared": lambda s: add.add(s, "order", SHARED, ["number=1", "ordered_on=2024-06-01"]),
    "plan other": lambda s: add.add(s, "plan", OTHER, ["name=x"]),
    "survey other": lambda s: add.add(s, "survey", OTHER, ["on=2024-06-01"]),
    "new customer": lambda s: add.add(s, "customer", None, ["name=壬"]),
    "campaign": lambda s: add.add(s, "campaign", None, ["name=x"]),
    "product": lambda s: add.add(s, "product", None, ["name=x"]),
    "remove mine": lambda s: rm.remove(s, MINE),
    "remove other": lambda s: rm.remove(s, OTHER),
    "remove case": lambda s: rm.remove(s, CASE),
    "submit draft": lambda s: submit.submit(s, "draft-240601-dddd"),
    "approve submitted": lambda s: approve.approve(s, "draft-240601-eeee"),
    "return submitted": lambda s: send_back.send_back(s, "draft-240601-eeee", "x"),
    "approve contract": lambda s: approve.approve(s, CONTRACT),
    "settings": settings_changed,
    "tick own duty": ticked,
    "forge an author": forged,
    "forge a verdict": verdict,
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rights")
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def sessions(root: Path) -> dict[str, Session]:
    return {
        who: open_session(book=str(root), actor=who, on="2024-06-15T10:00", env={}) for who in TABLE["people"]
    }


def outcome(session: Session, deed: str) -> str:
    try:
        done = DEEDS[deed](session)
        if isinstance(done, Prepared) and done.dry_run().message.startswith("propose"):
            return "p"
    except NotFound:
        return "h"
    except Refused:
        return "n"
    except UsageError:  # what `--as` names must be in the team
        assert session.rights.member is None
        return "n"
    return "y"


@pytest.mark.parametrize("deed", TABLE["deeds"])
def test_a_deed_for_every_role(sessions: dict[str, Session], deed: str) -> None:
    found = {who: outcome(sessions[who], deed) for who in TABLE["people"]}
    assert found == dict(zip(TABLE["people"], TABLE["deeds"][deed], strict=True))


def test_every_deed_stands_in_the_table() -> None:
    assert set(DEEDS) == set(TABLE["deeds"])


def test_no_question_finds_what_is_hidden(sessions: dict[str, Session]) -> None:
    """Rows, words, due rows, links, problems and completion answer about the same records."""
    index = sessions["李四"].index
    hidden = {OTHER, PLAN, CONTRACT, MANAGED}
    asked = {
        "rows": {r.id for kind in index.catalog.kinds for r in index.rows(kind)},
        "find": {f.id for f in index.find("方案")} | {f.id for f in index.find("乙")},
        "due": {r.customer for r in index.due(None, index.horizon)},
        "ids": {ident for ident, _ in index.ids()},
        "named": {value for value, _ in index.named("乙", None, 20)},
        "dossier": {r.id for r in index.dossier_docs(OTHER)},
        "values": set(index.values("customer", "name")) & {"乙", "丙"},
        "links": {path for path, *_ in index.links() if OTHER in path},
    }
    assert {name: found & hidden for name, found in asked.items()} == {name: set() for name in asked}
    everything = {r.id for kind in index.catalog.kinds for r in sessions["周敏"].index.rows(kind)}
    assert hidden <= everything


def test_what_is_told_of_a_hidden_customer_is_whose_it_is(sessions: dict[str, Session]) -> None:
    with pytest.raises(NotFound) as told:
        sessions["李四"].resolve("乙")
    assert "王芳" in str(told.value)


def test_a_case_of_another_customer_shows_that_customer_and_nothing_more(
    sessions: dict[str, Session],
) -> None:
    assert {r.id for r in sessions["李四"].index.dossier_docs("202406-005")} == {"202406-005", CASE}


def test_without_a_name_nothing_is_hidden(root: Path) -> None:
    """Cron and a machine that checks are nobody: the hub, not the command, keeps what they may write."""
    session = open_session(book=str(root), env={"PATH": "/usr/bin:/bin", "GIT_CONFIG_GLOBAL": "/dev/null"})
    assert session.resolve(OTHER).id == OTHER


def test_a_team_without_roles_and_a_solo_book_hide_nothing(tmp_path: Path) -> None:
    for settings in ("name: x\n", "name: x\nteam: [李四, 王芳]\n"):
        (tmp_path / "crm.yaml").write_text(settings, "utf-8")
        customer = tmp_path / "customers/2024/202406-002/customer.yaml"
        customer.parent.mkdir(parents=True, exist_ok=True)
        customer.write_text("name: 乙\nowner: 王芳\n", "utf-8")
        session = open_session(book=str(tmp_path), actor="李四", env={})
        assert outcome(session, "set other") == "y"


def test_a_role_by_a_query(tmp_path: Path) -> None:
    """`see: region:华东` shows the dossiers of those provinces whole, and changes made elsewhere are seen at once."""
    settings = "name: x\nroles:\n  sales: {see: region:华东, edit: 'kind:order'}\nteam:\n"
    settings += "  - {name: 李四, email: l@example.com, roles: [sales]}\n"
    (tmp_path / "crm.yaml").write_text(settings, "utf-8")
    for n, province in ((1, "江苏省"), (2, "北京市")):
        folder = tmp_path / f"customers/2024/202406-00{n}"
        folder.mkdir(parents=True)
        (folder / "customer.yaml").write_text(
            f"name: n{n}\nowner: 王芳\naddress: {{province: {province}}}\n", "utf-8"
        )
        (folder / f"order-240601-aaa{n}.yaml").write_text("number: '1'\nordered_on: 2024-06-01\n", "utf-8")
    session = open_session(book=str(tmp_path), actor="李四", env={})
    assert [r.id for r in session.index.rows("customer")] == ["202406-001"]
    assert [r.id for r in session.index.rows("order")] == ["order-240601-aaa1"]
    assert outcome(session, "set mine") == "n"
    setting.set_fields(session, ["aaa1"], ["number=2"]).dry_run()
    moved = tmp_path / "customers/2024/202406-002/customer.yaml"
    moved.write_text(moved.read_text("utf-8").replace("北京市", "浙江省"), "utf-8")
    session.index.refresh()
    assert len(session.index.rows("customer")) == 2
