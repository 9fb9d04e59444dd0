"""What came out: tiers, tags, next best actions, what was dropped and what was rejected, each with its reason."""

from __future__ import annotations

import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core, _frames
from ._frames import Kind, as_written
from .errors import UnknownHcpError, no_pickle
from .given import Given
from .joins import lost_rows
from .policy import Policy
from .segment import Contribution, Language, row_of
from .tag import tags_frame, take

if TYPE_CHECKING:
    from .model import Model

__all__ = ["Explanation", "Result", "as_written"]


class Result:
    """Frames are of the kind that `hcps` was, and are made when first asked for. Unknown numbers are nulls (NaN in NumPy);
    `tierwise.as_written` turns a frame into the text of files, where they are the word "unknown".

    Columns that could be shared are read again where they lie when a frame or an explanation is first asked for. Who has written to
    these arrays since the run gets an ArgumentError that names the column, never an answer about other numbers; what was
    asked for before stays."""

    notes: list[str]
    """What the user should know about how this was made."""

    def __init__(self, core: _core.Answer, model: Model, kind: Kind, given: Given, threads: int = 1) -> None:
        self._core = core
        self._given = given
        self._kind = kind
        self._threads = threads
        self.model = model
        self.notes = []
        self.misfits: list[str] = []
        if self.contacts_unplaced:
            self.notes.append(
                f"contacts whose day or channel cannot be read: {self.contacts_unplaced:,}; they count against every cap and gap that "
                "they may fall under"
            )

    @property
    def policy(self) -> Policy:
        """The policy that this was decided by."""
        return self.model.policy

    @property
    def as_of(self) -> datetime.date:
        """The date that this was decided for."""
        return datetime.date.fromisoformat(self._core.as_of)

    @property
    def kind(self) -> Kind:
        """The kind of the frames: "pandas", "polars", "pyarrow" or "dict"."""
        return self._kind

    # ---- frames ----

    @cached_property
    def segments(self) -> Any:
        """hcp_id, potential, decile, grade, identity_score, identity_coverage, identity_level, engagement_score,
        engagement_coverage, engagement_level, profile_type, tier, resources, reason. Scores are 0 to 100, coverages 0 to 1;
        potential is a volume or, where only a scorecard was possible, its score: the reason says which."""
        columns = {name: _frames.out_of(raw) for name, raw in self._core.segments().items()}
        return self._frame({"hcp_id": self._ids, **columns, "reason": self._core.segment_reasons("en", self._threads)})

    @cached_property
    def tags(self) -> Any:
        """hcp_id, tag, layer, since, source: a row for each doctor and tag. `since` is a date, null where it cannot be told."""
        return tags_frame(self._kind, self._core, self.policy, self._core.tags(self._threads))

    @cached_property
    def recommendations(self) -> Any:
        """hcp_id, rank, action_id, channel, content_id, priority, propensity, context, value, lever, reason, expires.

        priority = propensity · context · value · lever. A doctor with nothing to do has one row: action_id "do_nothing",
        channel and content_id "none", and the reason. `expires` is the last day."""
        columns = {name: _frames.out_of(raw) for name, raw in self._core.picks().items()}
        ids = take(self._core.column("hcp_id"), self._core.pick_rows())
        expires = columns.pop("expires")
        reasons = self._core.pick_reasons("en", self._threads)
        return self._frame({"hcp_id": ids, **columns, "reason": reasons, "expires": expires})

    @cached_property
    def dropped(self) -> Any:
        """stage, rule, candidates, hcps: how many candidates each rule of the funnel stopped, of how many doctors."""
        return self._frame({name: _frames.out_of(raw) for name, raw in self._core.funnel().items()})

    @cached_property
    def dropped_candidates(self) -> Any:
        """hcp_id, action_id, channel, content_id, stage, rule: every dropped candidate. Empty without `trace=True`."""
        columns = {name: _frames.out_of(raw) for name, raw in self._core.drops().items()}
        return self._frame({"hcp_id": take(self._core.column("hcp_id"), self._core.drop_rows()), **columns})

    @cached_property
    def rejected(self) -> Any:
        """table, row, column, code, reason: rows (from 0, in the tables as given) and cells that could not be used."""
        return self._frame(self._told)

    @cached_property
    def _told(self) -> dict[str, _frames.Out]:
        return self._given.told(self._core.rejected())

    @cached_property
    def profile_frame(self) -> Any:
        """The profiles that this was decided on: hcp_id, attributes, computed columns."""
        names = self._core.names
        return self._frame({name: _frames.out_of(self._core.column(name)) for name in names})

    def _frame(self, columns: dict[str, _frames.Out]) -> Any:
        return _frames.frame_of(self._kind, columns)

    @cached_property
    def _ids(self) -> _frames.Out:
        return _frames.out_of(self._core.column("hcp_id"))

    # ---- counts ----

    @property
    def tier_counts(self) -> dict[int, int]:
        """Doctors in each tier."""
        tiers = self._core.segments()["tier"]
        last = max(cell["tier"] for cell in self.policy.tiers)
        counts = np.bincount(tiers, minlength=last + 1)
        return {tier: int(counts[tier]) for tier in range(1, last + 1)}

    @property
    def contacts_used(self) -> int:
        """Rows of the interactions that were used."""
        return self._core.contacts_used

    @property
    def contacts_later(self) -> int:
        """Rows dated after `as_of`, which were not looked at."""
        return self._core.contacts_later

    @property
    def contacts_unplaced(self) -> int:
        """Rows of the interactions whose day or channel cannot be read: no cell of the profile holds them, but caps and gaps take
        them to lie wherever they may, so that a bad cell never lets a doctor be contacted too often."""
        return self._core.contacts_unplaced

    def __len__(self) -> int:
        return len(self._core)

    @property
    def rows(self) -> dict[str, tuple[int, int]]:
        """Of each table that was given, rows that could be used and rows that were rejected. A row of doctors or of contacts that
        has but a bad cell in an attribute or a measure is used."""
        lost = lost_rows(self._told)
        return {name: (total - lost.get(name, 0), lost.get(name, 0)) for name, total in self._given.rows.items()}

    def __repr__(self) -> str:
        rows = ", ".join(f"{name} {used}/{lost}" for name, (used, lost) in self.rows.items())
        return f"<tierwise.Result as of {self.as_of}: {len(self)} doctors; rows used/rejected: {rows}>"

    # ---- words ----

    def reason(self, hcp_id: str | int, language: Language = "en") -> str:
        """One sentence: why this doctor is in this tier."""
        return self._core.reason(self._row_of(hcp_id), language)

    def _row_of(self, hcp_id: str | int) -> int:
        try:
            return row_of(self._ids, hcp_id)
        except UnknownHcpError as error:
            raise self._unknown(error, hcp_id) from None

    def explain(self, hcp_id: str | int, language: Language = "en") -> Explanation:
        """Everything about one doctor, in words: tier, scores with their parts, tags, next actions, and why not the others."""
        from .explain import explain_row

        return explain_row(self, self._row_of(hcp_id), hcp_id, language)

    def _unknown(self, error: UnknownHcpError, hcp_id: str | int) -> UnknownHcpError:
        """Says of a doctor who is not here whether it was rejected, and why."""
        at = self._given.rows_of("hcps", hcp_id)
        bad = np.asarray(_frames.out_of(self._told["row"]))
        own = np.flatnonzero((_frames.texts_of(self._told["table"]) == "hcps") & np.isin(bad, at))
        if len(own):
            code, reason = (str(_frames.texts_of(self._told[name])[own[0]]) for name in ("code", "reason"))
            rows = f"{len(own)} rows of this doctor were" if len(own) > 1 else "this doctor's row was"
            why = f"{rows} rejected, {code} (row {bad[own[0]]} of table 'hcps'): {reason}"
        elif contacts := len(self._given.rows_of("interactions", hcp_id)):
            why = f"no row of table 'hcps' has this id; {contacts:,} rows of table 'interactions' do"
        else:
            return error
        return UnknownHcpError(error.code, why, error.where)

    def __reduce__(self) -> tuple[Any, ...]:
        raise no_pickle(
            "Result",
            "it looks into your tables; keep its frames (result.segments, …), or what `tierwise run --out` writes",
        )

    def summary(self) -> str:
        """A short text: doctors by tier, what was unknown, next actions, and what stopped the others."""
        from .explain import summary_of

        return summary_of(self)


class Explanation:
    """Why one doctor is where the doctor is, and what to do next. `str()` gives the text, `to_dict()` the data."""

    def __init__(self, text: str, data: dict[str, Any]) -> None:
        self._text = text
        self._data = data

    def to_dict(self) -> dict[str, Any]:
        """hcp_id, tier, resources, grade, profile_type, reason, scores (each with value, coverage, level and contributions), tags,
        recommendations (with reasons) and dropped (candidates with stage and rule). Unknown is None."""
        return self._data

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"<tierwise.Explanation: tier {self._data['tier']}>"


def contributions(core: _core.Answer, row: int, score: str) -> list[Contribution]:
    """The parts of one score of one doctor."""
    return [Contribution(*part) for part in core.contributions(row, score)]
