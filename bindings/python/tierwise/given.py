"""What was given: kept so that what is said of a row can be said in its own terms. The columns are those that are shared already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import _core, _frames, days

__all__ = ["Given"]


@dataclass(frozen=True)
class Given:
    """The columns of each table that a row's fate may hang on."""

    tables: Mapping[str, Mapping[str, _core.Column]] = field(default_factory=dict)

    def also(self, name: str, columns: Mapping[str, _core.Column] | None) -> Given:
        """With another table; none: as it is."""
        return self if columns is None else Given({**self.tables, name: columns})

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        return {name: len(next(iter(columns.values()))) for name, columns in self.tables.items()}

    @property
    def ids(self) -> _core.Column | None:
        """The ids of the table of doctors."""
        return self.tables["hcps"].get("hcp_id") if "hcps" in self.tables else None

    def rows_of(self, table: str, hcp_id: str | int) -> list[int]:
        """The rows of a table that name a doctor. O(rows)."""
        column = self.tables.get(table, {}).get("hcp_id")
        if column is None:
            return []
        return [row for row, written in enumerate(column.written()) if written == str(hcp_id)]

    def told(self, rejected: Mapping[str, Any]) -> dict[str, _frames.Out]:
        """Bad rows and cells with, for a text that is no day, the reason why: table, row, column, code, reason."""
        out = {name: _frames.out_of(raw) for name, raw in rejected.items()}
        codes = out["code"]
        if isinstance(codes, _frames.Text) and "invalid_date" not in codes.names:
            return out
        table, column, code = (_frames.texts_of(rejected[name]) for name in ("table", "column", "code"))
        reasons: list[str] | None = None
        for name, columns in self.tables.items():
            for title, given in columns.items():
                bad = np.flatnonzero((table == name) & (column == title) & (code == "invalid_date"))
                if not len(bad) or given.type != "category":
                    continue
                reasons = _frames.texts_of(rejected["reason"]).tolist() if reasons is None else reasons
                texts, rows = given.written(), np.asarray(out["row"])
                for at in bad:
                    reasons[at] = days.fault(texts[rows[at]])
        return out if reasons is None else {**out, "reason": reasons}
