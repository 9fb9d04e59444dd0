"""Days written as text, in files and in frames alike, and why a text is none.

A day is year-month-day, with - or / between them. A time of day is dropped. A moment with a time zone is not taken: it is of one day here
and of another there, and nothing in it says whose day counts.

>>> read("2026/3/1 10:30"), read("2026-03-01T10:30:00Z"), fault("2026-02-30")
('2026-03-01', None, 'there is no such day; expected a date as year-month-day, such as 2026-06-30')
"""

from __future__ import annotations

import datetime
import re

__all__ = ["DAY", "EXPECTED", "NO_SUCH_DAY", "ZONE", "ZONED", "fault", "read"]

EXPECTED = "expected a date as year-month-day, such as 2026-06-30"
NO_SUCH_DAY = f"there is no such day; {EXPECTED}"
ZONE = "a moment with a time zone is of one day here and of another there: write the local day"

# For Python and for Arrow, whose regular expressions are those of RE2.
DAY = r"^(?P<y>[0-9]{4})[-/](?P<m>[0-9]{1,2})[-/](?P<d>[0-9]{1,2})(?:[T ][0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?$"
ZONED = r"^[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}[T ][0-9:.]+ ?(?:Z|UTC|GMT|[+-][0-9]{2}:?(?:[0-9]{2})?)$"

_DAY, _ZONED = re.compile(DAY), re.compile(ZONED)


def read(text: str) -> str | None:
    """The day as YYYY-MM-DD; None if it is none."""
    found = _DAY.match(text.strip())
    if found is None:
        return None
    try:
        return datetime.date(*(int(part) for part in found.groups())).isoformat()
    except ValueError:
        return None


def fault(text: str) -> str:
    """Why a text is no day between 1900 and 2199."""
    text = text.strip()
    if _ZONED.match(text):
        return ZONE
    if _DAY.match(text):
        return NO_SUCH_DAY if read(text) is None else "expected a date between 1900-01-01 and 2199-12-31"
    return EXPECTED


def as_days(texts: list[str]) -> list[str]:
    """Each text as YYYY-MM-DD, or as it is where it is no day."""
    return [text if _is_plain(text) else (read(text) or text) for text in texts]


def _is_plain(text: str) -> bool:
    return len(text) == 10 and text[4] == "-" == text[7]
