"""The health of the customers who buy from us: scores, risks, causes (R-002-41 to -44).

- The score is that of `rules.health`: orders, complaints and contacts of the last six months against the time before,
  0 to 100, warned of below `health.warn_below` in crm.yaml (70).
- Risk and cause are what the record says under `churn`. Customers that are neither won nor loyal have no score.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from crmkit.errors import msg
from crmkit.i18n import N_, language
from crmkit.reports.report import Chart, Column, Figure, Material, Section, Series
from crmkit.reports.tables import Tables, mean, shares, totalled
from crmkit.rules.health import scheme_of

NAME, ABOUT = "health", N_("Health of customers")
NOTES = (
    N_(
        "Score: orders, complaints and contacts of the last six months against the time before, 0 to "
        "100 (R-002-41)."
    ),
    N_("It warns below health.warn_below of crm.yaml. Only customers won or loyal have one."),
    N_("Risk and cause are what the record says under churn."),
)
_BANDS = (("healthy", N_("healthy")), ("watch", N_("below the limit")), ("poor", N_("below half the limit")))


def report(material: Material) -> Tables:
    """Score the customers."""
    scheme = scheme_of(material.settings)
    scores = material.health(material.today)
    rows: list[dict[str, Any]] = []
    for doc in material.own_customers:
        found = scores.get(str(doc["id"]))
        if found is None:
            continue
        churn = doc.get("churn") or {}
        marks = {mark.dimension: mark.mark for mark in found.marks}
        warns = found.warns(scheme)
        rows.append(
            {
                "id": doc["id"],
                "customer": doc["id"],
                "name": doc.get("name") or "",
                "score": found.score,
                "warns": warns,
                **marks,
                "weakest": found.weakest.told if found.score < 100 else "",
                "risk": churn.get("risk") or "",
                "cause": churn.get("cause") or "",
                "owner": material.person(doc.get("owner")),
            }
        )
    rows.sort(key=lambda r: (r["score"], r["customer"]))
    figures = [
        Figure(N_("Customers with a score"), len(rows)),
        Figure(N_("Warned of"), sum(r["warns"] for r in rows)),
        Figure(N_("Mean score"), mean([r["score"] for r in rows]), "average"),
        Figure(N_("At high risk"), sum(r["risk"] == "high" for r in rows)),
    ]
    bands = Counter(_band(r["score"], scheme.limit) for r in rows)
    table: list[dict[str, Any]] = [
        {"band": code, "label": msg(text), "customers": bands[code], "share": part}
        for (code, text), part in zip(_BANDS, shares([bands[c] for c, _t in _BANDS]), strict=True)
    ]
    columns = (
        Column("label", N_("Health")),
        Column("customers", N_("Customers"), "integer"),
        Column("share", N_("Share"), "percent"),
    )
    chart = Chart(
        "bar",
        msg(N_("By health")),
        [r["label"] for r in table],
        (Series(msg(N_("Customers")), [r["customers"] for r in table]),),
    )
    total = totalled(table, columns, "label") | {"share": sum(r["share"] for r in table)}
    sections = [
        Section("bands", N_("By health"), columns, table, total, (chart,)),
        _risks(material, rows),
        _list(rows),
    ]
    remarks = [msg(N_("warned of below {limit}"), limit=scheme.limit)]
    return Tables(NAME, ABOUT, material, sections, figures, remarks)


def _band(score: int, limit: int) -> str:
    return "healthy" if score >= limit else "watch" if 2 * score >= limit else "poor"


def _risks(material: Material, rows: list[dict[str, Any]]) -> Section:
    """Count the customers by the risk and the cause that somebody noted."""
    count = Counter((r["risk"], r["cause"]) for r in rows if r["risk"] or r["cause"])
    order = {"high": 0, "medium": 1, "low": 2}
    found = [
        {
            "risk": risk,
            "label": material.settings.label("churn_risk", risk, language()) if risk else "",
            "cause": cause,
            "customers": n,
        }
        for (risk, cause), n in sorted(count.items(), key=lambda c: (order.get(c[0][0], 3), -c[1], c[0][1]))
    ]
    columns = (
        Column("label", N_("Churn risk")),
        Column("cause", N_("Cause of churn"), vocabulary="churn_cause"),
        Column("customers", N_("Customers"), "integer"),
    )
    return Section(
        "risks", N_("By risk and cause"), columns, found, totalled(found, columns, "label") if found else None
    )


def _list(rows: list[dict[str, Any]]) -> Section:
    columns = (
        Column("name", N_("Customer name")),
        Column("score", N_("Score"), "integer"),
        Column("warns", N_("Warned"), "boolean"),
        Column("orders", N_("Orders"), "integer"),
        Column("complaints", N_("Complaints"), "integer"),
        Column("contact", N_("Contact"), "integer"),
        Column("risk", N_("Churn risk"), vocabulary="churn_risk"),
        Column("owner", N_("Owner")),
        Column("weakest", N_("Weakest"), under=True),
        Column("cause", N_("Cause of churn"), under=True, told=True, vocabulary="churn_cause"),
    )
    return Section("customers", N_("Customers"), columns, rows)
