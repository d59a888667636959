"""What `region:` may name: the groups of provinces and the provinces themselves."""

from __future__ import annotations


def provinces(text: str) -> tuple[str, ...]:
    """Return the short names of the provinces that `text` means (all of a group's), () where it means none."""
    from crmkit.values import region

    code = region.find_group(text)
    if code:
        return region.GROUPS[code].provinces
    short = region.short_province(text)
    return (short,) if short else ()


def names() -> list[str]:
    """Return every group and province by its names, for suggestions and completion."""
    from crmkit.values.region import GROUPS

    groups = [name for group in GROUPS.values() for name in (group.zh, group.code)]
    return groups + [province for group in GROUPS.values() for province in group.provinces]
