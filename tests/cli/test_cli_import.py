"""`crm import` of tables (R-001-17, R-001-18, R-003-48)."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

Crm = Callable[..., Any]

LIST = """公司名称,联系人,手机,职位,邮箱,地址,注册资本,成立日期,标签,爱好
上海测试股份有限公司,王小明,13800138000,经理,wang@example.com,上海市浦东新区张江路1号,500万,2015/6/5,行业-制造业;高预算,足球
上海测试股份有限公司,李红,13900139000,,li@example.com,,,,,
广州样本科技有限公司,赵六,138 1234 5678,,,,,,,
"""
SECOND = "customers/2024/202406-002/customer.yaml"


def wrote(tmp: Path, text: str, encoding: str = "utf-8", name: str = "list.csv") -> str:
    path = tmp / name
    path.write_bytes(text.encode(encoding))
    return str(path)


def customers(crm: Crm) -> dict[str, Any]:
    return {c["name"]: c for c in json.loads(crm("list", "customer", "--json").out)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_list_as_people_keep_it(book: Path, tmp_path: Path, crm: Crm, git_log: Any, encoding: str) -> None:
    name = wrote(tmp_path, LIST, encoding)
    done = crm("import", name, "--on", "2024-06-10", "source=展会")
    assert done.code == 0, done.err
    assert done.out.splitlines()[0].split("\t") == ["202406-002", "customer", SECOND]
    assert git_log()[0] == "import list.csv: 2 added"
    assert "爱好" in done.err
    got = customers(crm)
    first = got["上海测试股份有限公司"]
    assert [c["name"] for c in first["contacts"]] == ["王小明", "李红"]
    assert first["contacts"][0] == {
        "name": "王小明", "job_title": "经理", "mobile": "13800138000", "email": "wang@example.com",
    }  # fmt: skip
    assert first["address"]["district"] == "浦东新区"
    assert (first["registered_capital"], first["founded"]) == (5000000, "2015-06-05")
    assert (first["tags"], first["source"]) == (["行业-制造业", "高预算"], "exhibition")
    assert crm("undo").code == 0
    assert list(customers(crm)) == ["北京示例信息技术股份有限公司"]


def test_again_it_changes_nothing_and_what_is_new_is_merged(book: Path, tmp_path: Path, crm: Crm) -> None:
    assert crm("import", wrote(tmp_path, LIST)).code == 0
    again = crm("import", wrote(tmp_path, LIST), "--json")
    told = json.loads(again.out)
    assert (told["added"], told["updated"], told["unchanged"], told["changed"]) == (0, 0, 2, [])
    more = "手机,联系人,职位,微信\n13800138000,王小明,总监,wxm\n"
    done = crm("import", wrote(tmp_path, more, name="more.csv"), "--json")
    assert json.loads(done.out)["updated"] == 1, done.err
    first = customers(crm)["上海测试股份有限公司"]
    assert first["contacts"][0]["job_title"] == "总监"
    assert first["contacts"][0]["wechat"] == "wxm"
    assert len(first["contacts"]) == 2


def test_modes(book: Path, tmp_path: Path, crm: Crm) -> None:
    text = "客户编号,客户名称,行业\n202406-001,,软件\n,杭州新来有限公司,纺织\n"
    name = wrote(tmp_path, text)
    assert json.loads(crm("import", name, "--add", "--dry-run", "--json").out)["added"] == 1
    done = json.loads(crm("import", name, "--update", "--json").out)
    assert (done["added"], done["updated"], done["skipped"]) == (0, 1, 1)
    assert customers(crm)["北京示例信息技术股份有限公司"]["industry"] == "软件"
    both = crm("import", name, "--add", "--update")
    assert both.code == 2


def test_a_dry_run_shows_the_mapping_and_writes_nothing(book: Path, tmp_path: Path, crm: Crm) -> None:
    before = sorted(p.name for p in tmp_path.rglob("*.yaml"))
    done = crm("import", wrote(tmp_path, LIST + ",张无名,,,,,,,,\n"), "--dry-run")
    assert done.code == 0
    assert sorted(p.name for p in tmp_path.rglob("*.yaml")) == before
    assert not (tmp_path / "list-errors.csv").exists()
    told = done.out.splitlines()
    assert any(line.split() == ["手机", "contacts.0.mobile", "Contact", "mobile"] for line in told)
    assert any("爱好" in line and "not taken" in line for line in told)
    assert "would be: 2 added, 1 bad" in told
    as_json = json.loads(crm("import", wrote(tmp_path, LIST), "--dry-run", "--json").out)
    assert {c["header"]: c["field"] for c in as_json["columns"]}["职位"] == "contacts.0.job_title"


def test_bad_rows_are_told_and_mended(book: Path, tmp_path: Path, crm: Crm) -> None:
    text = "客户名称,手机,成立日期\n甲方科技有限公司,1.38E+10,\n乙方科技有限公司,13800138001,6/5/2024\n丙方科技有限公司,13800138002,\n"
    done = crm("import", wrote(tmp_path, text, "gb18030"))
    assert done.code == 1
    assert list(customers(crm))[1:] == ["丙方科技有限公司"]
    errors = tmp_path / "list-errors.csv"
    bad = errors.read_text("utf-8-sig").splitlines()
    assert bad[0] == "Why not imported,客户名称,手机,成立日期"
    assert len(bad) == 3
    assert "digits are lost" in bad[1]
    errors.write_text(
        errors.read_text("utf-8-sig").replace("1.38E+10", "13800138000").replace("6/5/2024", "2024-06-05"),
        "utf-8",
    )
    again = crm("import", str(errors))
    assert again.code == 0, again.err
    assert len(customers(crm)) == 4
    assert "not taken" not in again.err


def test_a_workbook_as_excel_makes_it(book: Path, tmp_path: Path, crm: Crm) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(["客户导入表"])
    sheet.append(["客户名称", "联系人", "手机", "成立日期", "注册资本", "员工人数", "是否战略客户"])
    sheet.append(["上海测试股份有限公司", "王小明", 13800138000.0, datetime(2015, 6, 5), 5e6, 320.0, None])  # noqa: DTZ001
    sheet.append(["广州样本科技有限公司", "赵六", "13912345678", 42160, "300万", "1,200", None])
    out = io.BytesIO()
    made.save(out)
    (tmp_path / "客户.xlsx").write_bytes(out.getvalue())
    done = crm("import", str(tmp_path / "客户.xlsx"), "--map", "strategic=是否战略客户")
    assert done.code == 0, done.err
    got = customers(crm)
    first, second = got["上海测试股份有限公司"], got["广州样本科技有限公司"]
    assert first["contacts"] == [{"name": "王小明", "mobile": "13800138000"}]
    assert (first["founded"], first["registered_capital"], first["employees"]) == ("2015-06-05", 5000000, 320)
    assert (second["founded"], second["registered_capital"], second["employees"]) == (
        "2015-06-05",
        3000000,
        1200,
    )


def test_tables_that_are_called_something_else(book: Path, tmp_path: Path, crm: Crm) -> None:
    page = "<html><meta charset=gbk><table border=1><tr><th>客户名称<th>联系电话</tr><tr><td>甲方&amp;乙方科技有限公司</td><td>021-<b>66668888</b></table>"
    assert crm("import", wrote(tmp_path, page, "gb18030", "export.xls")).code == 0
    assert (
        crm(
            "import", wrote(tmp_path, "sep=;\r客户名称;手机\r丙方科技有限公司;13800138009\r", name="mac.csv")
        ).code
        == 0
    )
    got = customers(crm)
    assert got["甲方&乙方科技有限公司"]["phone"] == "021-66668888"
    assert got["丙方科技有限公司"]["contacts"][0]["mobile"] == "13800138009"


def test_what_cannot_be_told_is_asked_not_guessed(book: Path, tmp_path: Path, crm: Crm) -> None:
    unknown = crm("import", wrote(tmp_path, "甲,乙\n1,2\n"))
    assert unknown.code == 2
    assert "--map" in unknown.err
    wrong = crm("import", wrote(tmp_path, LIST), "--map", "contacts.0.wechat=V信")
    assert (wrong.code, "V信" in wrong.err) == (2, True)
    assert crm("import", "nowhere.csv").code == 1
    (tmp_path / "bomb.xlsx").write_bytes(b"PK\x03\x04garbage")
    assert crm("import", str(tmp_path / "bomb.xlsx")).code == 1


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_formulas_come_back_as_they_were(book: Path, tmp_path: Path, crm: Crm, ending: str) -> None:
    note = '=HYPERLINK("http://x")'
    assert crm("set", "202406-001", f"note={note}", "preferences=＋1", "short_name='@x").code == 0
    out = tmp_path / f"out.{ending}"
    assert crm("export", "customer", "-o", str(out), "--reveal").code == 0
    if ending == "csv":
        text = out.read_text("utf-8")
        assert text.startswith("\ufeff")
        assert '"\'=HYPERLINK(""http://x"")"' in text
        assert "'＋1" in text
    else:
        cells = [c for row in openpyxl.load_workbook(out).worksheets[0].iter_rows() for c in row]
        assert [c.data_type for c in cells if c.value == note] == ["s"]
    assert crm("set", "202406-001", "note=", "preferences=", "short_name=").code == 0
    assert crm("import", str(out)).code == 0
    got = customers(crm)["北京示例信息技术股份有限公司"]
    assert (got["note"], got["preferences"], got["short_name"]) == (note, "＋1", "'@x")


def test_a_masked_export_hides_contact_details_and_hurts_nothing(
    book: Path, tmp_path: Path, crm: Crm
) -> None:
    out = tmp_path / "out.csv"
    assert crm("export", "customer", "-o", str(out)).code == 0
    assert "01088886666" not in out.read_text("utf-8")
    assert "010-****6666" in out.read_text("utf-8")
    told = json.loads(crm("import", str(out), "--json").out)
    assert (told["unchanged"], told["updated"], told["added"]) == (1, 0, 0)
    assert customers(crm)["北京示例信息技术股份有限公司"]["contacts"][0]["phone"] == "01088886666"
    shown = crm("export", "customer", "--columns", "name,contacts.0.phone", "--reveal")
    assert shown.out.splitlines()[1] == "北京示例信息技术股份有限公司,01088886666"
