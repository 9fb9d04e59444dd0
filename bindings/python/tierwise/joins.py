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

__all__ = ["lost_rows", "misfits"]

MOST = 0.5
"""Above this share of a table's rows, for one reason, it is said. Contacts of everybody with the doctors of one team are no mistake, which
the message says."""

_KEYS = ("hcp_id", "channel", "date", "action_id", "granted", "outcome")
"""Columns without which a row says nothing. A bad cell elsewhere costs only itself."""


def lost_rows(rejected: Mapping[str, Any]) -> dict[str, int]:
    """How many rows of each table are not used. A row of doctors is lost with its id alone, one of contacts with anything told of it."""
    table, column = (_frames.texts_of(rejected[name]) for name in ("table", "column"))
    row = np.asarray(_frames.out_of(rejected["row"]))
    lost = (table != "hcps") | (column == "hcp_id")
    return {str(name): len(np.unique(row[lost & (table == name)])) for name in np.unique(table)}


def misfits(rejected: Mapping[str, Any], rows: Mapping[str, int], policy: Policy) -> list[str]:
    """A sentence on each table of which most rows fit nothing for one reason; `rows` are the tables' sizes.

    Raises DataError where a table has rows and none fits: what came out would be what comes out without it.
    """
    table, column, code = (_frames.texts_of(rejected[name]) for name in ("table", "column", "code"))
    row = np.asarray(_frames.out_of(rejected["row"]))
    said = []
    for name, total in rows.items():
        own = (table == name) & np.isin(column, _KEYS)
        lost = len(np.unique(row[own]))
        if not lost:
            continue
        reasons, counts = np.unique(np.stack([column[own], code[own]]), axis=1, return_counts=True)
        most = int(counts.argmax())
        worst, why = str(reasons[0, most]), str(reasons[1, most])
        if lost < total and counts[most] <= MOST * total:
            continue
        message = f"{lost:,} of {total:,} rows of table '{name}' fit nothing ({why}: {counts[most]:,}); "
        if why == "invalid_date":
            reasons = _frames.texts_of(rejected["reason"])[own & (column == worst) & (code == why)]
            kinds, of_kind = np.unique(reasons, return_counts=True)
            message += str(kinds[of_kind.argmax()])
        else:
            message += _cure(worst, why, policy)
        if lost == total:
            raise DataError(why, message, Place(column=worst))
        if why == "unknown_hcp":
            message += ". If these are other doctors, whom this run is not about, all is well"
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
    return "`rejected` has each with its reason"
