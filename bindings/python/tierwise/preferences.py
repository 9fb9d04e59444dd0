"""What a doctor prefers: affinity of doctor × content tag, × channel, × weekday, × hour, learnt from exposures and responses.

>>> import tierwise.preferences
>>> events = {
...     "hcp_id": ["H1", "H1", "H2", "H2"],
...     "channel": ["email", "video", "email", "video"],
...     "date": ["2026-05-01"] * 4,
...     "exposures": [10, 10, 10, 10],
...     "responses": [1, 8, 4, 5],
... }
>>> learnt = tierwise.preferences.Affinity.fit(events, key="channel", as_of="2026-06-30", strength=4)
>>> learnt.of("H1")["mean"].round(2).tolist()  # email, video
[0.16, 0.75]
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core, _frames, days
from ._frames import Kind, Source
from .errors import ArgumentError, Place, UnknownHcpError, WrongTypeError
from .profile import AsOf, days_of, rejected_frame

__all__ = ["Affinity"]

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FIRST_DAY = datetime.date(1970, 1, 1)
_NO_DAY = np.iinfo(np.int32).min  # impossible: such rows are rejected


class Affinity:
    """Affinities of doctors for keys, as of a date. `Affinity.fit` learns rates of response from exposures and responses,
    `Affinity.fit_shares` shares of contacts where no exposure is known.

    Events so many half-lives old weigh 2^−(age/half-life); each doctor is shrunk to the mean of his group, that to the group around
    it, the first to the population, by a strength that the marginal likelihood chooses. The formulas are in
    `include/tierwise/tag/affinity.hpp`, what it is worth on real data in `docs/preferences.md`.
    """

    def __init__(
        self, core: _core.Affinities, kind: Kind, ids: Any, keys: list[str], as_of: datetime.date, threads: int
    ) -> None:
        self._core = core
        self._kind = kind
        self._ids = ids
        self._threads = threads
        self.as_of = as_of
        """The day up to which events count."""
        self.keys = keys
        """The different keys, sorted."""
        self.strength: npt.NDArray[np.float64] = np.asarray(core.strength)
        """How many exposures a group's mean counts for; one a key, or one for all where shares were learnt."""

    @classmethod
    def fit(
        cls,
        events: Any,
        *,
        key: str,
        as_of: AsOf,
        hcps: Any = None,
        by: Sequence[str] = (),
        keys: Sequence[str] | None = None,
        exposures: str = "exposures",
        responses: str = "responses",
        half_life_days: float = 365.0,
        strength: float = 0.0,
        coverage: float = 0.9,
        margin: float = 0.05,
        confidence: float = 0.9,
        least_evidence: float = 3.0,
        threads: int = 1,
    ) -> Affinity:
        """Rates of response, by the beta–binomial model. An exposure without response counts against.

        `events` has hcp_id, date, the column `key` (channel, content tag, hour, …), how often the doctor was exposed on that day and how
        often he responded, in any order. With `key="weekday"` and no such column it is made from the date. `hcps` (hcp_id and the
        columns `by`, coarse to fine) are the doctors who get a row, and whom they are shrunk to; without it those of `events` are, and
        the population. A strength of 0 is chosen by marginal likelihood. `keys` says which keys there are (rows with others are
        rejected); without it, those of the events up to `as_of`. What comes after that date changes nothing.

        A doctor prefers a key if his rate lies above his group's by more than `margin` with at least the posterior probability
        `confidence`, and that rests on `least_evidence` decayed exposures.

        >>> events = {"hcp_id": [1, 1, 2], "hour": [9, 18, 9], "date": ["2026-06-01"] * 3, "exposures": [9, 9, 9], "responses": [8, 1, 2]}
        >>> Affinity.fit(events, key="hour", as_of="2026-06-30", strength=4).table["mean"].round(2).tolist()
        [0.78, 0.14, 0.33, 0.2]
        """
        what = (half_life_days, strength, coverage, margin, confidence, least_evidence, threads)
        return cls._fit(events, key, as_of, hcps, by, keys, exposures, responses, what)

    @classmethod
    def fit_shares(
        cls,
        contacts: Any,
        *,
        key: str,
        as_of: AsOf,
        hcps: Any = None,
        by: Sequence[str] = (),
        keys: Sequence[str] | None = None,
        count: str | None = None,
        half_life_days: float = 365.0,
        strength: float = 0.0,
        coverage: float = 0.9,
        margin: float = 0.05,
        confidence: float = 0.9,
        least_evidence: float = 3.0,
        threads: int = 1,
    ) -> Affinity:
        """Shares of contacts, by the Dirichlet–multinomial model: which key the doctor's next contact has. They tell what the company
        did as much as what the doctor likes; no response is read into them. `count` names a column of how many contacts a row is
        (default: one). Everything else as `fit`; the means of a doctor add up to 1.

        >>> contacts = {"hcp_id": ["A"] * 8 + ["B"], "channel": ["visit"] * 8 + ["email"], "date": ["2026-06-01"] * 9}
        >>> Affinity.fit_shares(contacts, key="channel", as_of="2026-06-30", strength=2).of("A")["mean"].round(2).tolist()
        [0.07, 0.93]
        """
        what = (half_life_days, strength, coverage, margin, confidence, least_evidence, threads)
        return cls._fit(contacts, key, as_of, hcps, by, keys, count, None, what)

    @classmethod
    def _fit(
        cls,
        events: Any,
        key: str,
        as_of: AsOf,
        hcps: Any,
        by: Sequence[str],
        wanted: Sequence[str] | None,
        exposures: str | None,
        responses: str | None,
        what: tuple[float, float, float, float, float, float, int],
    ) -> Affinity:
        for name, listed in (("by", by), ("keys", wanted)):
            if listed is not None and (isinstance(listed, str) or len(set(listed)) < len(list(listed))):
                raise ArgumentError("invalid_argument", "expected a list, each name once", Place(column=name))
        _expect_numbers(what)
        source = Source(events, "events")
        doctor, ids = _core.coded(source.ids("hcp_id"))
        doctor = doctor.copy()
        on = _days(source)
        if key == "weekday" and key not in source:
            codes, names = ((on + 3) % 7).astype(np.int32), list(_WEEKDAYS)
        else:
            codes, found = _coded(source, key)
            names = [str(each) for each in _listed(found)]
        on_time = (on > _NO_DAY) & (on <= days_of(as_of))
        later = on > days_of(as_of)
        if wanted is None and key in source:
            wanted = [names[code] for code in np.unique(codes[on_time & (codes >= 0)])]
        if wanted is not None:
            place_of = {name: at for at, name in enumerate(wanted)}
            codes = np.array([*(place_of.get(name, -1) for name in names), -1], dtype=np.int32)[codes]
            names = list(wanted)
        counts = np.ones(len(source), dtype=np.int64) if exposures is None else _counts(source, exposures)
        answers = np.empty(0, dtype=np.int64) if responses is None else _counts(source, responses)
        groups: list[npt.NDArray[np.int32]] = []
        if hcps is not None:
            doctors = Source(hcps, "hcps")
            rows, theirs = _core.coded(doctors.ids("hcp_id", source.ids("hcp_id")))
            if len(theirs) != len(doctors):
                message = "table 'hcps': expected one row a doctor, found ids that are missing or stand twice"
                raise ArgumentError("duplicate_hcp", message, Place(column="hcp_id"))
            place = {each: at for at, each in enumerate(_listed(theirs))}
            doctor = np.array([*(place.get(each, -1) for each in _listed(ids)), -1], dtype=np.int32)[doctor]
            for name in by:
                values, _ = _coded(doctors, name)
                column = np.empty(len(theirs), dtype=np.int32)
                column[rows] = values
                groups.append(column)
            ids = theirs
        elif not by:
            seen = np.unique(doctor[on_time & (doctor >= 0)])
            if not len(seen):
                message = f"of {len(source):,} events none has a doctor and a day up to as_of, and without hcps= they tell whom to learn of"
                raise ArgumentError("invalid_argument", message, Place(column="events"))
            doctor = np.where(np.isin(doctor, seen), np.searchsorted(seen, doctor), -1).astype(np.int32)
            ids = [ids[at] for at in seen] if isinstance(ids, list) else ids[seen]
        else:
            message = "expected the table of doctors that has these columns"
            raise ArgumentError("invalid_argument", message, Place(column="hcps"))
        doctor[later], codes[later] = 0, 0  # nobody's loss: they do not count
        core = _core.fit_affinities(
            doctor, codes, on, counts, answers, len(ids), len(names), groups, days_of(as_of), responses is None, *what
        )  # fmt: skip
        on_day = _FIRST_DAY + datetime.timedelta(days=days_of(as_of))
        return cls(core, source.kind, ids, names, on_day, what[-1])

    def __repr__(self) -> str:
        return f"Affinity({len(self._ids)} doctors, {len(self.keys)} keys)"

    @property
    def table(self) -> Any:
        """One row a doctor and key, by rising id and key: hcp_id, key, mean, sd, the interval's low and high, evidence (decayed
        exposures; of shares, the doctor's decayed contacts under all keys), group_mean, probability (that the affinity lies above
        the group's mean by more than the margin), prefers. A frame of the kind of the events."""
        cells = self._core.table(self._threads)
        return self._frame(np.repeat(np.arange(len(self._ids)), len(self.keys)), cells)

    @property
    def tags(self) -> Any:
        """The preference tags: hcp_id, tag (`prefers_` and the key), confidence (the posterior probability), evidence. One row for each
        doctor and tag he has."""
        cells = self._core.table(self._threads)
        rows = np.flatnonzero(cells["prefers"])
        return _frames.frame_of(
            self._kind,
            {
                "hcp_id": self._ids_of(rows // max(1, len(self.keys))),
                "tag": _frames.Text(
                    (rows % max(1, len(self.keys))).astype(np.int32), [f"prefers_{key}" for key in self.keys]
                ),
                "confidence": cells["probability"][rows],
                "evidence": cells["evidence"][rows],
            },
        )

    def statements(self, run: str) -> Any:
        """The preference tags as `tierwise.provenance.Statements` reads them: said by a model on the day of `as_of`, with their confidence.
        `run` names the model and its run; it is who says so and the evidence, and makes ids of statements that are the same if it is
        run again.

        >>> events = {"hcp_id": ["A", "B"], "channel": ["video"] * 2, "date": ["2026-06-01"] * 2, "exposures": [20, 20],
        ...           "responses": [18, 1]}
        >>> said = Affinity.fit(events, key="channel", as_of="2026-06-30", strength=4).statements("affinity-1")
        >>> said["statement_id"].tolist(), said["source"].tolist(), said["since"].astype(str).tolist()
        (['affinity-1/A/prefers_video'], ['model'], ['2026-06-30'])
        """
        source = Source(self.tags, "tags")
        tags, ids = source.values("tag"), source.ids("hcp_id").written()
        count = len(tags)
        said = _frames.Dates(np.full(count, days_of(self.as_of), dtype=np.int32))
        one = np.zeros(count, dtype=np.int32)
        rows = self._core.table(self._threads)["prefers"].nonzero()[0]
        return _frames.frame_of(
            self._kind,
            {
                "statement_id": [f"{run}/{hcp_id}/{tag}" for hcp_id, tag in zip(ids, tags, strict=True)],
                "hcp_id": self._ids_of(rows // max(1, len(self.keys))),
                "tag": list(tags),
                "kind": _frames.Text(one, ["set"]),
                "source": _frames.Text(one, ["model"]),
                "by": _frames.Text(one, [run]),
                "since": said,
                "recorded": said,
                "confidence": self._core.table(self._threads)["probability"][rows],
                "evidence": _frames.Text(one, [run]),
            },
        )

    def of(self, hcp_id: Any) -> Any:
        """The rows of one doctor, one a key."""
        listed = _listed(self._ids)
        try:
            at = int(np.searchsorted(np.asarray(listed, dtype=object), hcp_id))
        except TypeError:
            at = len(listed)
        if at == len(listed) or listed[at] != hcp_id:
            raise UnknownHcpError(
                "unknown_hcp", "there is no such doctor among those learnt from", Place(column="hcp_id")
            )
        return self._frame(np.full(len(self.keys), at), self._core.of(at))

    @property
    def rejected(self) -> Any:
        """Events that could not be used: table, row, column, code, reason."""
        return rejected_frame(self._kind, self._core.rejected)

    def _frame(self, doctors: npt.NDArray[np.int64], cells: dict[str, Any]) -> Any:
        keys = np.tile(np.arange(len(self.keys), dtype=np.int32), len(doctors) // max(1, len(self.keys)))
        out: dict[str, _frames.Out] = {"hcp_id": self._ids_of(doctors), "key": _frames.Text(keys, self.keys)}
        return _frames.frame_of(self._kind, out | cells)

    def _ids_of(self, doctors: npt.NDArray[np.int64]) -> _frames.Out:
        if isinstance(self._ids, list):
            return _frames.Text(doctors.astype(np.int32), self._ids)
        return np.asarray(self._ids)[doctors]


def _expect_numbers(what: Sequence[Any]) -> None:
    names = ("half_life_days", "strength", "coverage", "margin", "confidence", "least_evidence", "threads")
    for name, value in zip(names, what, strict=True):
        if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
            raise WrongTypeError("wrong_type", f"expected a number, not {type(value).__name__}", Place(column=name))


def _listed(values: Any) -> list[Any]:
    return values if isinstance(values, list) else list(values.tolist())


def _coded(source: Source, name: str) -> tuple[npt.NDArray[np.int32], Any]:
    try:
        codes, values = _core.coded(source.column(name, "text"))
    except WrongTypeError as error:
        raise WrongTypeError("wrong_type", f"table '{source.table}': {error.message}", Place(column=name)) from None
    return codes, values


def _days(source: Source) -> npt.NDArray[np.int32]:
    column = source.column("date", "date")
    if column.type == "date":
        found = column.numbers_copy()
        return np.where(np.isnan(found), _NO_DAY, np.nan_to_num(found)).astype(np.int32)
    if column.type != "category":
        raise WrongTypeError("wrong_type", "table 'events': expected dates or text YYYY-MM-DD", Place(column="date"))
    codes, texts = _core.coded(column)
    epoch = datetime.date(1970, 1, 1).toordinal()
    read = [days.read(text) for text in texts]
    known = [_NO_DAY if day is None else datetime.date.fromisoformat(day).toordinal() - epoch for day in read]
    return np.array([*known, _NO_DAY], dtype=np.int32)[codes]


def _counts(source: Source, name: str) -> npt.NDArray[np.int64]:
    """Whole numbers; −1, which is rejected, where there is none."""
    column = source.column(name, "number")
    if not column.is_numeric or column.type == "date":
        raise WrongTypeError("wrong_type", f"table '{source.table}': expected counts", Place(column=name))
    values = column.numbers_copy()
    whole = np.isfinite(values) & (values == np.floor(values)) & (np.abs(values) < 2**31)
    return np.where(whole, np.nan_to_num(values), -1).astype(np.int64)
