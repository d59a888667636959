"""vCard 2.1 to 4.0 as phones and mail programs write it: cards to customers with contacts, and back as 3.0."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from crmkit.errors import Refused
from crmkit.exchange.entries import Entry, full_name
from crmkit.exchange.formats import Format
from crmkit.i18n import N_

_HEAD = re.compile(rb"(?:([\w-]+)\.)?([A-Za-z][\w-]*)((?:;(?:[^:\";]|\"[^\"]*\")*)*):(.*)", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_FAX = frozenset({"FAX", "PAGER", "WORKFAX", "HOMEFAX"})
_CELL = frozenset({"CELL", "MOBILE", "IPHONE"})
_NO_YEAR = frozenset({1604, 1904})
"""Years that Apple writes where a birthday has none."""
_MOST_CARDS = 200_000


@dataclass(slots=True)
class _Property:
    group: str
    name: str
    types: frozenset[str]
    params: Mapping[str, str]
    value: str

    @property
    def parts(self) -> list[str]:
        """Return a structured value's parts: `N` and `ADR` and `ORG` divide theirs by semicolons."""
        return [_plain(p).strip() for p in re.split(r"(?<!\\);", self.value)]

    @property
    def text(self) -> str:
        return _plain(self.value).strip()


@dataclass(slots=True)
class _Card:
    line: int
    properties: list[_Property] = field(default_factory=list)
    raw: bytes = b""

    def all(self, *names: str) -> list[_Property]:
        return [p for p in self.properties if p.name in names and p.value.strip(" ;")]

    def text(self, *names: str) -> str:
        return next((p.text for n in names for p in self.all(n) if p.text), "")


def read(raw: bytes, name: str) -> list[Entry]:
    """Return a customer for each card: its company with the person as contact, or the person himself.

    Raises Refused for a file without a card.
    """
    entries = [_entry(card) for card in _cards(raw, name)]
    if not entries:
        raise Refused(N_("{name}: there is no card in it"), name=name)
    return entries


# -- lines


def _cards(raw: bytes, name: str) -> Iterator[_Card]:
    from crmkit.exchange.text import decode

    if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} or raw[:3] == b"\xef\xbb\xbf":
        raw = decode(raw, name).encode("utf-8")
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
    card: _Card | None = None
    start = depth = count = 0
    i = 0
    while i < len(lines):
        at, line = i, lines[i]
        i += 1
        if not line.strip():
            continue
        i, line = _unfolded(lines, i, line)
        upper = line.strip().upper()
        if upper == b"BEGIN:VCARD":
            depth += 1
            if depth == 1:
                card, start, count = _Card(at + 1), at, count + 1
                if count > _MOST_CARDS:
                    raise Refused(N_("{name}: more than {most} cards"), name=name, most=_MOST_CARDS)
        elif upper == b"END:VCARD" and depth:
            depth -= 1
            if card and not depth:
                card.raw = b"\r\n".join(lines[start:i]) + b"\r\n"
                yield card
                card = None
        elif card and depth == 1 and (made := _property(line)):
            card.properties.append(made)


def _unfolded(lines: Sequence[bytes], i: int, line: bytes) -> tuple[int, bytes]:
    """Put a property together that goes over several lines: those that begin with a blank, and soft ends of QP."""
    head = line.partition(b":")[0].upper()
    soft = b"QUOTED-PRINTABLE" in head
    parts = [line]
    while i < len(lines):
        if lines[i][:1] in {b" ", b"\t"} and not (soft and parts[-1].endswith(b"=")):
            parts.append(lines[i][1:])
        elif soft and parts[-1].endswith(b"="):
            parts[-1] = parts[-1][:-1]
            parts.append(lines[i])
        else:
            break
        i += 1
    return i, b"".join(parts)


def _property(line: bytes) -> _Property | None:
    found = _HEAD.fullmatch(line)
    if not found:
        return None
    group, name, rest, value = found.groups()
    params: dict[str, str] = {}
    types: set[str] = set()
    for piece in rest.decode("latin-1").split(";")[1:]:
        key, equals, said = piece.partition("=")
        said = said.strip('" ')
        if not equals or key.upper() == "TYPE":
            types |= {t.strip('" ').upper() for t in (said if equals else key).split(",")}
        else:
            params[key.strip().upper()] = said
    encoding = params.get("ENCODING", "").upper()
    if "QUOTED-PRINTABLE" in types or encoding == "QUOTED-PRINTABLE":
        value = quopri.decodestring(value)
    elif encoding in {"B", "BASE64"} or "BASE64" in types or value[:5].lower() == b"data:":
        return None  # pictures, sounds, keys
    text = _decoded(value, params.get("CHARSET", ""))
    label = (group or b"").decode("latin-1").upper()
    return _Property(label, name.decode("latin-1").upper(), frozenset(types), params, text)


def _decoded(value: bytes, charset: str) -> str:
    for tried in (charset, "utf-8", "gb18030"):
        try:
            if tried:
                return value.decode(tried)
        except (LookupError, UnicodeDecodeError):
            continue
    return value.decode("utf-8", "replace")


def _plain(text: str) -> str:
    return _ESCAPED.sub(lambda m: "\n" if m[1] in "nN" else m[1], text).replace("\r\n", "\n")


# -- a card as a customer


def _entry(card: _Card) -> Entry:
    entry = Entry(card.line, "customer", {}, raw=card.raw)
    person = _person(card)
    org = next((p.parts for p in card.all("ORG") if any(p.parts)), [])
    company = next((p for p in org if p), "")
    is_company = card.text("KIND").lower() == "org" or card.text("X-ABSHOWAS").upper() == "COMPANY"
    if company:
        fields: dict[str, Any] = {"name": company}
        if person.get("name") in {None, company} or is_company:
            fields |= {k: person[k] for k in ("phone", "email") if k in person}
            fields.setdefault("phone", person.get("mobile"))
        else:
            if len([p for p in org if p]) > 1:
                person["department"] = " ".join(p for p in org[1:] if p)
            fields["contacts"] = [person]
    else:
        fields = {
            "type": "person",
            "name": person.get("name", ""),
            "phone": person.get("mobile") or person.get("phone"),
        }
        fields |= {k: person[k] for k in ("email", "birthday") if k in person}
        if person.keys() & {"wechat", "job_title"} or {"mobile", "phone"} <= person.keys():
            fields["contacts"] = [{k: v for k, v in person.items() if k != "birthday"}]
    fields["website"] = card.text("URL")
    fields["address"] = _address(card)
    fields["note"] = _note(card)
    fields["tags"] = [
        _plain(t).strip() for p in card.all("CATEGORIES") for t in re.split(r"(?<!\\),", p.value) if t.strip()
    ]
    entry.fields = {k: v for k, v in fields.items() if v}
    return entry


def _person(card: _Card) -> dict[str, Any]:
    out: dict[str, Any] = {}
    name = card.text("FN") or _from_parts(card) or card.text("NICKNAME", "X-PHONETIC-LAST-NAME")
    if name:
        out["name"] = name
    said = {"job_title": card.text("TITLE", "ROLE"), "wechat": _wechat(card)}
    out |= {k: v for k, v in said.items() if v}
    for phone in card.all("TEL"):
        number = phone.text.removeprefix("tel:").replace(";ext=", "转")
        if phone.types & _FAX or not any(c.isdigit() for c in number):
            continue
        key = "mobile" if phone.types & _CELL or _looks_mobile(number) else "phone"
        out.setdefault(key, number)
    email = next((p.text for p in sorted(card.all("EMAIL"), key=lambda p: "PREF" not in p.types)), "")
    if "@" in email:
        out["email"] = email.removeprefix("mailto:")
    day = _birthday(card.text("BDAY"))
    if day:
        out["birthday"] = day
    return out


def _looks_mobile(number: str) -> bool:
    from crmkit.values.phone import key

    digits = key(number)
    return len(digits) == 11 and digits[0] == "1" and digits[1] in "3456789"


def _from_parts(card: _Card) -> str:
    for name in card.all("N"):
        family, given, middle, *_ = [*name.parts, "", "", ""]
        first = " ".join(p for p in (given, middle) if p)
        return full_name({"first": first, "last": family})
    return ""


def _wechat(card: _Card) -> str:
    found = card.text("X-WECHAT", "X-WEIXIN", "X-TENCENT-WECHAT")
    labels = {p.group: p.text for p in card.all("X-ABLABEL") if p.group}
    for p in card.all("IMPP", "X-SOCIALPROFILE", "TEL", "X-JABBER", "URL"):
        said = (
            f"{p.params.get('X-SERVICE-TYPE', '')} {' '.join(p.types)} {labels.get(p.group, '')}".casefold()
        )
        if not found and any(w in said for w in ("wechat", "weixin", "微信")):
            found = p.params.get("X-USER") or re.sub(r"^[a-z-]+:(?:apple:)?(?://)?", "", p.text)
    return found


def _birthday(text: str) -> date | None:
    digits = re.fullmatch(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?:T.*)?", text)
    if not digits or int(digits[1]) in _NO_YEAR:
        return None
    try:
        return date(int(digits[1]), int(digits[2]), int(digits[3]))
    except ValueError:
        return None


def _address(card: _Card) -> dict[str, str]:
    found = sorted(card.all("ADR"), key=lambda p: "WORK" not in p.types)
    for adr in found:
        box, extended, street, city, region, code, country = [*adr.parts, *[""] * 7][:7]
        line = " ".join(p for p in (street, extended, box) if p).replace("\n", " ")
        if line and not city and not region:
            from crmkit.values import region as regions

            split = regions.split(line)
            if split:
                return {
                    **split,
                    **({"postal_code": code} if code else {}),
                    **({"country": country} if country else {}),
                }
        made = {"country": country, "province": region, "city": city, "street": line, "postal_code": code}
        return {k: v for k, v in made.items() if v}
    return {}


def _note(card: _Card) -> str:
    lines = [p.text for p in card.all("NOTE")]
    day = card.text("BDAY")
    if day and not _birthday(day):
        lines.append(f"BDAY {day}")
    lines += [f"QQ {p.text}" for p in card.all("X-QQ")]
    return "\n".join(lines)


# -- writing


class Vcf:
    """Cards of customers: one for each contact, one for a customer without any."""

    suffix = ".vcf"

    def encode(self, data: Sequence[Mapping[str, Any]], before: bytes = b"") -> bytes:
        """Return the file of customers as the index holds them, with `id`."""
        del before
        return b"".join(_folded(line) for doc in data for card in _cards_of(doc) for line in card)


def _cards_of(doc: Mapping[str, Any]) -> Iterator[list[str]]:
    person = doc.get("type") == "person"
    people = [c for c in doc.get("contacts") or () if isinstance(c, Mapping)] or [{}]
    for n, contact in enumerate(people):
        name = str(contact.get("name") or doc.get("name") or "")
        company = "" if person else str(doc.get("name") or "")
        lines = ["BEGIN:VCARD", "VERSION:3.0", f"UID:crmkit-{doc.get('id', '')}-{n}", f"FN:{_escaped(name)}"]
        lines.append(f"N:{_escaped(name)};;;;")
        if company:
            lines.append(
                f"ORG:{_escaped(company)};{_escaped(str(contact.get('department') or ''))}".rstrip(";")
            )
        if company and not contact.get("name"):
            lines.append("X-ABShowAs:COMPANY")
        own = doc if not contact or person else {}
        lines += _said("TITLE", contact.get("job_title"))
        lines += _said("TEL;TYPE=CELL", contact.get("mobile"))
        lines += _said(
            "TEL;TYPE=WORK,VOICE",
            contact.get("phone") or (None if contact.get("mobile") else own.get("phone")),
        )
        lines += _said("EMAIL;TYPE=INTERNET", contact.get("email") or own.get("email"))
        lines += _said("X-WECHAT", contact.get("wechat"))
        lines += _said("BDAY", contact.get("birthday") or own.get("birthday"))
        lines += _adr(doc.get("address"))
        lines += _said("URL", doc.get("website"))
        if tags := doc.get("tags"):
            lines.append("CATEGORIES:" + ",".join(_escaped(str(t)) for t in tags))
        lines += _said("NOTE", doc.get("note"))
        yield [*lines, "END:VCARD"]


def _said(name: str, value: Any) -> list[str]:
    return [f"{name}:{_escaped(str(value))}"] if value else []


def _adr(value: Any) -> list[str]:
    if not isinstance(value, Mapping):
        return []
    part = {
        k: _escaped(str(value.get(k) or ""))
        for k in ("street", "district", "city", "province", "postal_code", "country")
    }
    line = part["district"] + part["street"]
    return [
        f"ADR;TYPE=WORK:;;{line};{part['city']};{part['province']};{part['postal_code']};{part['country']}"
    ]


def _escaped(text: str) -> str:
    clean = "".join(c for c in text if c in "\n\t" or c >= " ")
    return re.sub(r"([\\;,])", r"\\\1", clean).replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """Return a line in pieces of 75 bytes, none of them within a character."""
    out: list[bytes] = []
    piece = b""
    for char in line:
        raw = char.encode("utf-8", "replace")
        if len(piece) + len(raw) > (75 if not out else 74):
            out.append(piece)
            piece = b""
        piece += raw
    return b"\r\n ".join([*out, piece]) + b"\r\n"


VCF: Format[Sequence[Mapping[str, Any]]] = Vcf()
