"""Whether the tables of a run fit together.

An id that lost its leading zeros, or channels under other names, leave a run that looks like any other and has used nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from . import _frames
from .errors import DataError, Place
from .policy import Policy

__all__ = ["misfits"]

ALMOST_ALL = 0.9
"""Contacts of everybody with the doctors of one team are no mistake."""

_KEYS = ("hcp_id", "channel", "date", "action_id", "granted", "outcome")
"""Columns without which a row says nothing. A bad cell elsewhere costs only itself."""


def misfits(rejected: Mapping[str, Any], rows: Mapping[str, int], policy: Policy) -> list[str]:
    """A sentence on each table of which almost all rows fit nothing; `rows` are the tables' sizes.

    Raises DataError where a table has rows and none fits: what came out would be what comes out without it.
    """
    table, column, code = (_frames.texts_of(rejected[name]) for name in ("table", "column", "code"))
    row = np.asarray(_frames.out_of(rejected["row"]))
    said = []
    for name, total in rows.items():
        own = (table == name) & np.isin(column, _KEYS)
        lost = len(np.unique(row[own]))
        if not total or lost <= ALMOST_ALL * total:
            continue
        reasons, counts = np.unique(np.stack([column[own], code[own]]), axis=1, return_counts=True)
        most = int(counts.argmax())
        worst, why = str(reasons[0, most]), str(reasons[1, most])
        message = f"{lost:,} of {total:,} rows of table '{name}' fit nothing ({why}: {counts[most]:,}); {_cure(worst, why, policy)}"
        if lost == total:
            raise DataError(why, message, Place(column=worst))
        said.append(f"{message} (column '{worst}')")
    return said


def _cure(column: str, code: str, policy: Policy) -> str:
    if code == "unknown_hcp":
        return "an id must be written as in the table of doctors: leading zeros, a '.0' at the end, spaces and case all count"
    if code == "duplicate_hcp":
        return "the table of doctors has one row a doctor"
    if column == "channel":
        known = ", ".join(policy.channels)
        return f"the policy's channels are {known}; its /input/interactions/channel_values can translate others"
    if column == "action_id":
        return "the policy's actions are in its /recommend/actions"
    if column == "date":
        return "a date is YYYY-MM-DD"
    return "`rejected` has each with its reason"
