"""An address in the user's configuration -> the targets that it means."""

from __future__ import annotations

from crmkit.i18n import N_
from crmkit.notify import robots
from crmkit.notify.letter import BadTarget, Target

_ROBOTS = {*robots.KINDS, *robots.ALIASES}
_NTFY = {"ntfy", "ntfys"}


def parse(text: str) -> list[Target]:
    """Return the targets of one address; a mail address may name several. Raises BadTarget, never repeating it."""
    text = text.strip()
    scheme = text.partition(":")[0].lower()
    if any(c <= " " or c == "\x7f" for c in text):
        raise BadTarget(N_("there is a space or control character in it"))
    try:
        if scheme.partition("+")[0] in _ROBOTS or (
            scheme in {"http", "https"} and _host(text) in robots.HOSTS
        ):
            return [robots.parse(text)]
        if scheme in {"mailto", "mailtos"}:
            from crmkit.notify import mail

            return [*mail.parse(text)]
    except ValueError:
        raise BadTarget(N_("the address has no host that can be read")) from None
    from crmkit.notify import other

    if scheme in _NTFY:
        return [other.ntfy(text)]
    if scheme == "desktop":
        return [other.Desktop()]
    if "://" not in text:
        raise BadTarget(
            N_("that is no address of a target"),
            hint=N_(
                "for example wecom://KEY, dingtalk://TOKEN?secret=SEC..., mailtos://USER:PASSWORD@HOST?to=YOU"
            ),
        )
    return [other.Apprise(text)]


def _host(text: str) -> str:
    from urllib.parse import urlsplit

    return urlsplit(text).hostname or ""
