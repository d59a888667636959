"""What `crm list` and `crm set` need of records and settings loads no pydantic and no YAML library."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {
    "pydantic",
    "pydantic_core",
    "yaml",
    "ruamel",
    "dateutil",
    "phonenumbers",
    "stdnum",
    "email_validator",
    "pypinyin",
}


@pytest.mark.parametrize(
    "module",
    ["crmkit.settings.model", "crmkit.records.catalog", "crmkit.records.place", "crmkit.records.entry"],
)
def test_it_is_light(module: str) -> None:
    code = f"import sys, {module}; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & HEAVY == set()


def test_reading_loads_no_heavy_checker_before_a_value_asks_for_it() -> None:
    code = (
        "import sys; from crmkit.records.read import read, Identity; from crmkit.settings.load import defaults;"
        "from crmkit.yaml.read import load;"
        "r = read('customer', load('name: 上海示例科技有限公司\\nphone: \"13800138000\"\\nemail: a@example.cn'"
        ".encode(), 'x'), defaults(), Identity());"
        "assert not r.problems, r.problems; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code], capture_output=True, text=True, check=True
    )
    assert (
        set(done.stdout.split()) & {"phonenumbers", "stdnum", "email_validator", "pypinyin", "ruamel"}
        == set()
    )
