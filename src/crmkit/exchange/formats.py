"""What every form of export is, and the table of those there are.

A form is a module with a value that satisfies `Format`, and one line in `FORMATS`. It is handed plain data, knows
neither the book nor the command line, and imports its library when it is asked to write.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any, Protocol, TypeVar, cast

from crmkit.errors import Refused
from crmkit.i18n import N_

FORMATS = {
    "ics": "crmkit.exchange.ics:FORMAT",
    "csv": "crmkit.exchange.delimited:CSV",
    "tsv": "crmkit.exchange.delimited:TSV",
    "csv marked": "crmkit.exchange.delimited:CSV_MARKED",
    "tsv marked": "crmkit.exchange.delimited:TSV_MARKED",
    "form": "crmkit.exchange.form:XLSX",
    "vcf": "crmkit.exchange.vcard:VCF",
    "json": "crmkit.exchange.lines:JSON",
    "jsonl": "crmkit.exchange.lines:JSONL",
    "xlsx": "crmkit.exchange.excel:XLSX",
}
"""Name of a form -> where it stands."""

Data_contra = TypeVar("Data_contra", contravariant=True)


class Format(Protocol[Data_contra]):
    """One form of export, made of data of its own sort."""

    @property
    def suffix(self) -> str:
        """What the name of a file in this form ends in, with the dot."""

    def encode(self, data: Data_contra, before: bytes = b"") -> bytes:
        """Return the file; `before` is what it held until now, for forms that carry something on from it."""


def load(name: str) -> Format[Any]:
    """Return the form that goes by `name`, a key of `FORMATS`."""
    module, _, attribute = FORMATS[name].partition(":")
    return cast("Format[Any]", getattr(import_module(module), attribute))


def need(module: str, extra: str) -> ModuleType:
    """Import a library that only some people install; Refused with the way to get it."""
    try:
        return import_module(module)
    except ImportError as e:
        raise Refused(
            N_("this needs the Python package {package}, which is not installed ({why})"),
            hint=N_("pip install 'crmkit[{extra}]'"),
            package=module,
            extra=extra,
            why=str(e),
        ) from None
