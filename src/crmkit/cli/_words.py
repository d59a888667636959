"""Words and options that several commands share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmkit.cli._spec import Arg, Opt
from crmkit.i18n import N_

if TYPE_CHECKING:
    from crmkit.actions.log import LogEntry
    from crmkit.cli._context import Cli

KIND = Arg("kind", N_("KIND"), N_("customer, followup, opportunity, order, contract ..."), complete="kind")
CUSTOMER = Arg(
    "customer",
    N_("CUSTOMER"),
    N_("any unique part of a number, name, pinyin, phone, tax id"),
    complete="customer",
)
IDENT = Arg(
    "ident", N_("ID"), N_("any unique part of an id, or a customer's name, pinyin, phone"), complete="id"
)
FIELDS = Arg(
    "fields",
    N_("FIELD=VALUE"),
    N_("field=value; tags+=new tags-=old; field= clears; field=@FILE and field=- read a text"),
    required=False,
    many=True,
    complete="assignment",
)
QUERY = Arg(
    "query",
    N_("QUERY"),
    N_("such as: tier:A region:华东 -tag:old 'budget>=500000' close:2024-06..2024-09"),
    required=False,
    many=True,
    query=True,
    complete="query",
)
AT = Opt(
    "at",
    ("--at",),
    N_("as the book stood at the end of that day, or at that time"),
    N_("WHEN"),
    complete="date",
)
WHY = Opt("why", ("--why",), N_("the reason"), N_("TEXT"))

LOG_OPTIONS = (
    Opt(
        "channels",
        ("--channel",),
        N_("phone, email, visit, meeting, wechat ..."),
        N_("C"),
        many=True,
        complete="channel",
    ),
    Opt("content", ("--content",), N_("what was talked about (- reads stdin)"), N_("TEXT")),
    Opt("feedback", ("--feedback",), N_("what the customer said to it"), N_("TEXT")),
    Opt("objections", ("--objection",), N_("a doubt or objection; may be repeated"), N_("TEXT"), many=True),
    Opt("promises", ("--promise",), N_("what you promised; may be repeated"), N_("TEXT"), many=True),
    Opt("need_changes", ("--need",), N_("how the customer's needs have changed"), N_("TEXT")),
    Opt("contact", ("--contact",), N_("whom you talked to"), N_("NAME"), complete="contact"),
    Opt("opportunity", ("--opportunity",), N_("the deal it was about"), N_("ID"), complete="opportunity"),
    Opt("next", ("--next",), N_("the next step, planned as a follow-up"), N_("TEXT")),
    Opt(
        "by", ("--by",), N_("when the next step is due: +3d, friday, 2024-06-20"), N_("DATE"), complete="date"
    ),
    Opt("owner", ("--owner",), N_("who does the next step"), N_("NAME"), complete="member"),
    Opt("at", ("--at",), N_("when it took place (now, if not said)"), N_("TIME"), complete="date"),
)


def log_entry(cli: Cli, fields: tuple[str, ...], values: dict[str, Any]) -> LogEntry:
    """Return what was told of a contact. `--channel phone,email` names two."""
    from crmkit.actions.log import LogEntry

    given = {o.name: values[o.name] for o in LOG_OPTIONS}
    given["channels"] = tuple(
        c for word in given["channels"] for c in word.replace("、", ",").split(",") if c
    )
    for name in ("content", "feedback", "need_changes", "next"):
        given[name] = cli.value(given[name])
    return LogEntry(**given, fields=tuple(cli.fields(fields, text="--content")))


def split_fields(words: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the plain words and the `field=value` words."""
    fields = [w for w in words if "=" in w]
    return [w for w in words if "=" not in w], fields
