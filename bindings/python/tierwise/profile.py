"""Attributes and dated contacts in; one row for each doctor, as of a date, out.

>>> import tierwise
>>> policy = tierwise.Policy.default()
>>> territory = tierwise.simulate.territory(hcps=200, seed=1)
>>> profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
>>> len(profile), "contacts_visit_90d" in profile.columns
(200, True)
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core, _frames, days
from ._frames import Hint, Kind, Source
from .errors import (
    ArgumentError,
    DataError,
    MissingColumnError,
    Place,
    UnknownHcpError,
    WrongTypeError,
    expect,
    expect_count,
    no_pickle,
)
from .given import Given
from .policy import Policy

__all__ = ["AsOf", "Profile", "build", "from_frame"]

AsOf = str | datetime.date | np.datetime64
"""A date: text YYYY-MM-DD, a date, a datetime (its time is dropped), or a datetime64."""


class Profile:
    """One row per doctor as of a date. Made by `build`; keeps the tables that it shares columns with alive."""

    def __init__(self, core: _core.Profile, kind: Kind, given: Given | None = None) -> None:
        self._core = core
        self._kind = kind
        self._given = Given() if given is None else given
        self._added: list[str] = []

    @property
    def as_of(self) -> datetime.date:
        """The date that this was computed for."""
        return datetime.date.fromisoformat(self._core.as_of)

    @property
    def columns(self) -> list[str]:
        """Names of the columns: hcp_id, attributes, computed columns, and what `with_columns` has added."""
        return [*self._core.names, *self._added]

    @cached_property
    def frame(self) -> Any:
        """All columns as a frame of the caller's kind."""
        return _frames.frame_of(
            self._kind, {name: _frames.out_of(self._core.column(name)) for name in self._core.names}
        )

    def with_columns(self, frame: Any) -> Profile:
        """This profile and the columns of a frame of its kind, for tags that ask for them: the segments of a run (tier, grade, …), or
        scores of your own. `frame` has one row for each doctor of the profile, in any order, with hcp_id. Raises UnknownHcpError or
        DataError if it has not, ArgumentError if a column is there already.

        >>> import tierwise
        >>> t = tierwise.simulate.territory(hcps=100, seed=1)
        >>> result = tierwise.run(t.hcps, t.interactions, as_of=t.as_of)
        >>> profile = tierwise.profile.build(result.policy, t.hcps, t.interactions, as_of=t.as_of)
        >>> tags = tierwise.tag.TagRegistry.from_policy(result.policy).evaluate(profile.with_columns(result.segments))
        >>> tags.counts()["top_tier"] == sum(count for tier, count in result.tier_counts.items() if tier <= 3)
        True
        """
        source = Source(frame, "frame")
        if source.kind != self._kind:
            message = f"expected a frame of the kind of the profile's: {self._kind}, not {source.kind}"
            raise WrongTypeError("wrong_type", message, Place(column="frame"))
        added = [name for name in source.names if name != "hcp_id"]
        for name in added:
            if name in self.columns:
                raise ArgumentError("invalid_argument", "the profile has this column already", Place(column=name))
        own = Source(self.frame, "profile").ids("hcp_id")
        rows = _rows_of(own.written(), source.ids("hcp_id", own).written())
        out = Profile(self._core, self._kind, self._given)
        out._added = [*self._added, *added]
        out.__dict__["frame"] = _beside(self._kind, self.frame, source, added, rows)
        return out

    @cached_property
    def rejected(self) -> Any:
        """Rows that could not be used: table, row (from 0), column, code, reason."""
        return _frames.frame_of(self._kind, self._given.told(self._core.rejected()))

    @property
    def contacts_used(self) -> int:
        """Rows of the interactions that entered the profile."""
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

    def __reduce__(self) -> tuple[Any, ...]:
        raise no_pickle("Profile", "it looks into your tables; keep these, or its .frame for profile.from_frame")

    def __len__(self) -> int:
        return len(self._core)

    def __repr__(self) -> str:
        return f"<tierwise.Profile as of {self.as_of}: {len(self)} doctors, {len(self.columns)} columns, {self.contacts_used} contacts>"


def build(
    policy: Policy, hcps: Any, interactions: Any = None, *, as_of: AsOf | None = None, threads: int = 1
) -> Profile:
    """Builds the profiles of all doctors as of a date. Nothing dated after it is looked at.

    `hcps` has one row a doctor: hcp_id (text or whole numbers) and the attributes that the policy declares; other columns are
    ignored. `interactions` has one row a contact, in any order: hcp_id, channel, date, and optionally event_id, depth, count,
    quality, the policy's measures and the columns of its topics. What these columns are called in the caller's tables is the policy's `input` section,
    which is carried out here: columns are renamed, channel values are translated, and a month number becomes the first day
    of that month.

    Tables are pandas, Polars or pyarrow, a dict of arrays, or a structured NumPy array. A float NaN is a missing value.
    A day is a date, a moment without a time zone, whose time of day is dropped, or text such as 2026-06-30, 2026/6/30 or 2026-06-30
    10:30. A moment with a time zone is never taken, as it is of one day here and of another there: a column of such moments is refused,
    and a text that is one costs its row (`days` of one's own zone: `.dt.tz_convert(<your zone>).dt.tz_localize(None)`).

    Rows that cannot be used are collected in `.rejected`. Raises MissingColumnError, WrongTypeError, ArgumentError.
    """
    expect(Policy, policy, "policy")
    expect_count(threads, "threads")
    doctors = Source(hcps, "hcps")
    columns = _hcp_columns(policy, doctors)
    given = Given({"hcps": columns})
    contacts = None
    if interactions is not None:
        contacts = interaction_columns(policy, Source(interactions, "interactions"), columns["hcp_id"])
        given = given.also("interactions", contacts)
    try:
        core = _core.build_profile(policy._core, columns, contacts, _date_of(as_of, policy), threads)
    except MissingColumnError as error:
        raise _with_cure(error, policy, doctors) from None
    return Profile(core, doctors.kind, given)


def from_frame(policy: Policy, frame: Any, *, as_of: AsOf) -> Profile:
    """Profiles that were computed elsewhere: a table with hcp_id, attributes, and the columns that `build` would compute
    (`points_visit`, `contacts_visit_90d`, `contact_coverage`, …). There are no single contacts behind them, so contact caps
    and gaps have nothing to count."""
    expect(Policy, policy, "policy")
    source = Source(frame, "profile")
    columns = {
        name: source.ids(name) if name == "hcp_id" else source.column(name, _hint(policy, name))
        for name in source.names
    }
    if "hcp_id" not in columns:
        raise source.lacks("hcp_id")
    return Profile(_core.profile_of(columns, days_of(as_of)), source.kind, Given({"hcps": columns}))


def _rows_of(doctors: list[str], ids: list[str]) -> npt.NDArray[np.int64]:
    """Where each doctor is among the ids, each of which is there once."""
    if doctors == ids:
        return np.arange(len(ids))
    place = {one: row for row, one in enumerate(ids)}
    if len(place) < len(ids):
        raise DataError(
            "duplicate_hcp", f"{len(ids) - len(place):,} rows have the hcp_id of another", Place(column="hcp_id")
        )
    lacking = sum(one not in place for one in doctors)
    if lacking:
        message = f"of {len(doctors):,} doctors of the profile {lacking:,} are not in this frame"
        raise UnknownHcpError("unknown_hcp", message, Place(column="hcp_id"))
    return np.array([place[one] for one in doctors], dtype=np.int64)


def _beside(kind: Kind, frame: Any, other: Source, names: Sequence[str], rows: npt.NDArray[np.int64]) -> Any:
    """A frame of ours with columns of another of its kind, of which these rows are taken."""
    native = {name: other.native(name) for name in names}
    if kind == "pandas":
        return frame.assign(**{name: column.iloc[rows].array for name, column in native.items()})
    if kind == "polars":
        return frame.with_columns(column.gather(rows).alias(name) for name, column in native.items())
    if kind == "pyarrow":
        for name, column in native.items():
            frame = frame.append_column(name, column.take(rows))
        return frame
    return {**frame, **{name: np.asarray(column)[rows] for name, column in native.items()}}


def _hint(policy: Policy, name: str) -> Hint:
    """What a column of a profile is meant to be."""
    if name == "hcp_id":
        return ""
    attribute = policy.attributes.get(name)
    return _HINTS[attribute["type"]] if attribute else "number"


def _date_of(as_of: AsOf | None, policy: Policy) -> int:
    if as_of is None:
        as_of = policy.mapping["as_of"]
        if not as_of:
            raise ArgumentError("invalid_argument", "give the date to compute for: as_of=", Place(column="as_of"))
    return days_of(as_of)


def days_of(as_of: AsOf) -> int:
    """Days since 1970-01-01."""
    if isinstance(as_of, str):
        read = days.read(as_of)
        if read is None or not "1900" <= read[:4] <= "2199":
            raise DataError("invalid_date", days.fault(as_of), Place(column="as_of"))
        return _core.parse_date(read)
    if isinstance(as_of, datetime.datetime) and as_of.tzinfo is not None:
        message = "a moment with a time zone is of one day here and of another there: give the local day (.astimezone(<your zone>).date())"
        raise WrongTypeError("wrong_type", message, Place(column="as_of"))
    if isinstance(as_of, datetime.datetime) and as_of == as_of:  # pandas' missing date is no date
        as_of = as_of.date()
    if isinstance(as_of, datetime.date) and not isinstance(as_of, datetime.datetime):
        return as_of.toordinal() - datetime.date(1970, 1, 1).toordinal()
    if isinstance(as_of, np.datetime64) and not np.isnat(as_of):
        return int(as_of.astype("datetime64[D]").astype(np.int64))
    message = f"expected text YYYY-MM-DD, a date or a datetime64, not {type(as_of).__name__}"
    raise WrongTypeError("wrong_type", message, Place(column="as_of"))


def rejected_frame(kind: Kind, rejected: dict[str, Any]) -> Any:
    """Bad rows as a frame: table, row, column, code, reason."""
    return _frames.frame_of(kind, {name: _frames.out_of(column) for name, column in rejected.items()})


def _with_cure(error: MissingColumnError, policy: Policy, doctors: Source) -> MissingColumnError:
    """The error with the name of the column in the caller's table, and what can be done."""
    attribute = policy.attributes.get(error.where.column)
    if attribute is None:
        return error
    name = attribute["column"] or error.where.column
    message = (
        f"table 'hcps' lacks the column '{name}', which the policy reads; {doctors.there_is(name)}. Rename the column that holds it, "
        f"or name it in the policy (/attributes/{error.where.column}/column)"
    )
    return MissingColumnError(error.code, message, error.where)


def _hcp_columns(policy: Policy, source: Source) -> dict[str, _core.Column]:
    columns = {"hcp_id": source.ids(policy.mapping["hcps"]["hcp_id"] or "hcp_id")}
    for name, attribute in policy.attributes.items():
        column = attribute["column"] or name
        if column in source and name != "hcp_id":
            columns[name] = source.column(column, _HINTS[attribute["type"]])
    return columns


_HINTS: dict[str, Hint] = {"number": "number", "text": "text", "boolean": "boolean", "date": "date"}
_INTERACTIONS: dict[str, Hint] = {
    "hcp_id": "",
    "date": "date",
    "channel": "text",
    "event_id": "",
    "depth": "text",
    "count": "number",
    "quality": "number",
}


def interaction_columns(policy: Policy, source: Source, doctors: _core.Column | None = None) -> dict[str, _core.Column]:
    """The columns of a table of contacts as the extension takes them. `doctors` are the ids of the table of doctors."""
    mapping = policy.mapping["interactions"]
    columns: dict[str, _core.Column] = {}
    for name, hint in _INTERACTIONS.items():
        if name == "channel" and mapping["constant_channel"]:
            columns[name] = _core.Column.categories(
                np.zeros(len(source), dtype=np.int32), [mapping["constant_channel"]]
            )
        elif name == "hcp_id":
            columns[name] = source.ids(mapping[name] or name, doctors)
        elif mapping[name] or name in ("date", "channel") or name in source:
            # An empty list has no type of its own, be it of ids or of anything.
            columns[name] = source.column(mapping[name] or name, hint or ("" if len(source) else "text"))
    if mapping["channel_values"] and columns["channel"].type == "category":
        names = columns["channel"].names
        columns["channel"] = columns["channel"].with_names(
            [mapping["channel_values"].get(name, name) for name in names]
        )
    if mapping["first_month"]:
        columns["date"] = _first_days(columns["date"], mapping["first_month"])
    for name in policy._core.measures:
        if name in source and name not in columns:
            columns[name] = source.column(name, "number")
    for name in policy._core.topic_columns:
        if name in source and name not in columns:
            columns[name] = source.column(name, "text")
    return columns


def _first_days(months: _core.Column, first: str) -> _core.Column:
    """Month numbers, 1 being `first` (YYYY-MM), as the first day of the month. What is no month number is no possible date."""
    if not months.is_numeric:
        message = "the policy says that this is a month number (/input/interactions/first_month), and it is text"
        raise WrongTypeError("wrong_type", message, Place(column="date"))
    numbers: npt.NDArray[np.float64] = months.numbers_copy()
    missing = np.isnan(numbers)
    whole = np.abs(numbers) < 10_000
    whole &= np.where(whole, numbers, 0.5) == np.floor(np.where(whole, numbers, 0.5))
    start = np.datetime64(first, "M").astype(np.int64)
    at = (np.where(whole, numbers, 1).astype(np.int64) + (start - 1)).astype("datetime64[M]").astype("datetime64[D]")
    days = np.where(whole, at.astype(np.int64), np.iinfo(np.int32).max).astype(np.int32)
    return _core.Column.dates(days, _frames.bitmap(~missing))
