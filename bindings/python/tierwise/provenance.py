"""Where each tag on a doctor comes from: what people, other systems and models say besides the rules, and who decides.

A statement says that a doctor has a tag, or has it not, from a day on; it is known from the day it was recorded. So two days make a question:
the day that is asked about, and the day by whose knowledge. What was answered once is answered again, whatever has been recorded since.

>>> import tierwise
>>> schema = tierwise.tag.Schema({"visits": "number"})
>>> registry = tierwise.tag.TagRegistry({"seen": "visits > 0", "kol": {"source": "person", "lives_days": 365}}, schema)
>>> doctors = {"hcp_id": ["H1", "H2"], "visits": [3.0, 0.0]}
>>> said = tierwise.provenance.Statements(
...     {"statement_id": ["s1", "s2"], "hcp_id": ["H2", "H1"], "tag": ["kol", "seen"], "kind": ["set", "veto"],
...      "source": ["person", "person"], "by": ["u7", "u7"], "since": ["2015-01-01", "2015-03-01"],
...      "recorded": ["2015-01-05", "2015-03-02"]}, registry, doctors)
>>> frame = said.resolve(doctors, as_of="2015-06-30")
>>> list(zip(frame["hcp_id"].tolist(), frame["tag"].tolist(), frame["answer"].tolist(), frame["source"].tolist()))
[('H1', 'seen', 'no', 'person'), ('H2', 'kol', 'yes', 'person')]
>>> said.timeline("H1", "seen", known_as_of="2015-03-01")["answer"].tolist()
['unknown']
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core, _frames
from ._frames import Hint, Source
from .errors import ArgumentError, DataError, Place, UnknownHcpError, WrongTypeError, expect, no_pickle
from .given import Given
from .profile import AsOf, Profile, days_of
from .registry import TagRegistry, Tags

__all__ = ["Changes", "Statements", "changes"]

_COLUMNS: dict[str, Hint] = {
    "tag": "text",
    "kind": "text",
    "source": "text",
    "since": "date",
    "recorded": "date",
    "statement_id": "text",
    "expires": "date",
    "confidence": "number",
    "by": "text",
    "evidence": "text",
    "withdraws": "text",
}
_NEEDED = ("tag", "kind", "source", "since", "recorded", "statement_id")


@dataclass(frozen=True)
class _Answers:
    """By whose knowledge tags were evaluated, and who decided."""

    said: Statements
    as_of: int
    known_as_of: int
    core: _core.TagAnswers


class Statements:
    """What is said of doctors besides rules. Immutable; any number of threads may use it."""

    def __init__(
        self,
        frame: Any,
        registry: TagRegistry,
        hcps: Any,
        *,
        least_confidence: Mapping[str, float] | None = None,
    ) -> None:
        """`frame` has one row a statement, in any order: statement_id, hcp_id, tag, kind (set, veto or withdraw), source (person, import or
        model), since, recorded, and optionally expires (the last day), confidence (0 to 1; a model must say it), by, evidence, and withdraws
        (the statement_id of what a withdrawal takes back). `hcps` is the table of doctors, or a Profile. Where a model's statement would
        decide and is less sure than its tag's `least_confidence`, the models do not know.

        Rows that cannot be used are collected in `.rejected`. Raises MissingColumnError, WrongTypeError, ArgumentError.
        """
        expect(TagRegistry, registry, "registry")
        self.registry = registry
        source, self._hcps = Source(frame, "statements"), _doctors(hcps)
        self._ids = self._hcps.ids("hcp_id")
        columns: dict[str, _core.Column] = {"hcp_id": source.ids("hcp_id", self._ids)}
        for name, hint in _COLUMNS.items():
            if name in _NEEDED or name in source:
                columns[name] = source.column(name, hint)
        if "withdraws" in columns and not columns["withdraws"].is_numeric and columns["statement_id"].is_numeric:
            columns["withdraws"] = _numbered(columns["withdraws"])
        self._kind, self._given = source.kind, Given({"statements": columns})
        self._least = self._confidences(least_confidence or {})
        self._core = _core.Statements.read(columns, self._ids, registry._core)

    def _confidences(self, least: Mapping[str, float]) -> list[float]:
        for tag, value in least.items():
            if tag not in self.registry.rules:
                raise ArgumentError("invalid_argument", f"there is no tag '{tag}'", Place(column="least_confidence"))
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
                message = f"expected a number from 0 to 1 for the tag '{tag}'"
                raise ArgumentError("invalid_argument", message, Place(column="least_confidence"))
        return [float(least.get(tag, 0)) for tag in self.registry.rules]

    def __len__(self) -> int:
        """Statements that can be used, withdrawals not among them."""
        return len(self._core)

    @property
    def withdrawals(self) -> int:
        """Withdrawals that can be used."""
        return self._core.withdrawals

    @property
    def repeated(self) -> int:
        """Rows that say again what a row with the same id says."""
        return self._core.repeated

    @cached_property
    def rejected(self) -> Any:
        """Rows that cannot be used: table, row (from 0), column, code, reason."""
        return _frames.frame_of(self._kind, self._given.told(self._core.rejected()))

    def evaluate(self, frame: Any, *, as_of: AsOf, known_as_of: AsOf | None = None, threads: int = 1) -> Tags:
        """Who has which tag on a day, by the knowledge of a day (the same one if none is given): the statement that decides, else the rule.
        Rules that ask for a tag with has_tag() see what is decided. `frame` is the table of the doctors, in the order in which the statements
        were read for, or a Profile, which must be as of the same day."""
        tags = self.registry.evaluate(frame, threads=threads)
        self._expect_doctors(tags)
        day, known = self._days(as_of, known_as_of)
        if tags._profile is not None and days_of(tags._profile.as_of) != day:
            message = f"the profile is as of {tags._profile.as_of}: what rules say of another day is not in it"
            raise ArgumentError("invalid_argument", message, Place(column="as_of"))
        core = self._core.settle(self.registry._core, tags._columns, tags._core, day, known, self._least, threads)
        tags._provenance = _Answers(self, day, known, core)
        return tags

    def _expect_doctors(self, tags: Tags) -> None:
        same = len(tags) == len(self._ids)
        if same and "hcp_id" in tags._source:
            match = _core.match_ids(self._ids, tags._source.ids("hcp_id", self._ids))
            same = np.array_equal(match, np.arange(len(match)))
        if not same:
            message = "expected the doctors that the statements were read for, in their order"
            raise ArgumentError("invalid_argument", message, Place(column="frame"))

    def _days(self, as_of: AsOf, known_as_of: AsOf | None) -> tuple[int, int]:
        day = days_of(as_of)
        return day, day if known_as_of is None else days_of(known_as_of)

    def resolve(
        self,
        tags: Any,
        *,
        as_of: AsOf | None = None,
        known_as_of: AsOf | None = None,
        rules_since: Any = None,
        threads: int = 1,
    ) -> Any:
        """Every tag that a doctor has, and every one that a statement denies, with where that comes from, in long form:

        hcp_id, tag, layer, answer (yes or no), since, expires (the last day), recorded, source (rule, model, person or import), confidence,
        evidence, by, statement_id, rule (what the rules say by themselves: yes, no or unknown), overruled (how many other statements hold).

        `tags` is what `evaluate` gave, or the table to evaluate. Of a rule's answer since, confidence and the like are null: a rule is as sure
        as what it reads. Noes of rules are not listed. With `rules_since`, a table of hcp_id, tag and since such as `tierwise.tag.evaluate` gives,
        a rule's yes has its day: the one since which the rules have said so by themselves.
        """
        if not isinstance(tags, Tags):
            if as_of is None:
                raise ArgumentError("invalid_argument", "give the day to answer for: as_of=", Place(column="as_of"))
            tags = self.evaluate(tags, as_of=as_of, known_as_of=known_as_of, threads=threads)
        answers = tags._provenance
        if answers is None or answers.said is not self:
            message = "these tags were evaluated without these statements: give the table, or what .evaluate gave"
            raise ArgumentError("invalid_argument", message, Place(column="tags"))
        if as_of is not None and self._days(as_of, known_as_of) != (answers.as_of, answers.known_as_of):
            raise ArgumentError("invalid_argument", "these tags are of other days", Place(column="as_of"))
        found = self._core.answers(answers.core, answers.known_as_of)
        definitions = self.registry.definitions
        layers = ["basic", "behaviour", "preference"]
        layer_of = np.array([layers.index(one["layer"]) for one in definitions] or [0], dtype=np.int32)
        place = found.pop("tag")
        columns: dict[str, _frames.Out] = {
            "hcp_id": _ids_at(self._hcps, found.pop("hcp")),
            "tag": _frames.Text(place, [one["id"] for one in definitions]),
            "layer": _frames.Text(layer_of[place], layers),
        }
        order = [
            "answer",
            "since",
            "expires",
            "recorded",
            "source",
            "confidence",
            "evidence",
            "by",
            "statement_id",
            "rule",
        ]
        for name in [*order, "overruled"]:
            columns[name] = _frames.out_of(found[name])
        if rules_since is not None:
            columns["since"] = _with_days(columns, Source(rules_since, "rules_since"), answers.as_of)
        return _frames.frame_of(tags._kind, columns)

    def timeline(self, hcp_id: Any, tag: str, *, known_as_of: AsOf | None = None) -> Any:
        """The history of a tag on a doctor by the knowledge of a day (none given: of all that was recorded): periods without gaps.

        first, last (null: open), answer (yes, no; unknown: nothing is said, the rule decides), source, confidence, evidence, by, statement_id,
        recorded.
        """
        known = days_of(known_as_of) if known_as_of is not None else days_of("2199-12-31")
        found = self._core.timeline(self._row_of(hcp_id), self._place_of(tag), known, self._least)
        return self._frame(
            found, ["first", "last", "answer", "source", "confidence", "evidence", "by", "statement_id", "recorded"]
        )

    def explain(self, hcp_id: Any, tag: str, *, as_of: AsOf, known_as_of: AsOf | None = None) -> Any:
        """What becomes of each statement on a doctor and tag that was known, the strongest first.

        statement_id, kind, source, by, confidence, since, expires, recorded, evidence, and fate: decides, overruled (by one further up),
        unsure (a model below its least confidence), withdrawn, not_begun or expired.
        """
        day, known = self._days(as_of, known_as_of)
        found = self._core.fates(self._row_of(hcp_id), self._place_of(tag), day, known, self._least)
        order = [
            "statement_id",
            "kind",
            "source",
            "by",
            "confidence",
            "since",
            "expires",
            "recorded",
            "evidence",
            "fate",
        ]
        return self._frame(found, order)

    def _frame(self, found: Mapping[str, Any], order: list[str]) -> Any:
        return _frames.frame_of(self._kind, {name: _frames.out_of(found[name]) for name in order})

    @cached_property
    def _rows(self) -> dict[str, int]:
        """Each doctor's row; −1 for an id of several rows."""
        rows: dict[str, int] = {}
        for row, one in enumerate(self._hcps.values("hcp_id")):
            if one is not None:
                rows[str(one)] = row if str(one) not in rows else -1
        return rows

    def _row_of(self, hcp_id: Any) -> int:
        row = self._rows.get(str(hcp_id))
        if row is None:
            raise UnknownHcpError("unknown_hcp", "no doctor of the table has this id", Place(column="hcp_id"))
        if row < 0:
            raise UnknownHcpError("duplicate_hcp", "several rows of the table have this id", Place(column="hcp_id"))
        return row

    def _place_of(self, tag: str) -> int:
        return Tags(self.registry)._of(tag)

    def __reduce__(self) -> tuple[Any, ...]:
        raise no_pickle("Statements", "keep its table")

    def __repr__(self) -> str:
        return (
            f"<tierwise.provenance.Statements: {len(self)} statements and {self.withdrawals} withdrawals about "
            f"{len(self._ids)} doctors, {self._core.rejected_rows} rows rejected>"
        )


@dataclass(frozen=True)
class Changes:
    """What has changed between two answers."""

    frame: Any
    """hcp_id (or row), tag, change (gained, lost, became_known, became_unknown, source_changed), before, after (yes, no or unknown),
    source_before, source_after. A gain or a loss of a yes goes before all else, so that after = before + gained − lost."""
    summary: Any
    """A row a tag: before, after (doctors who have it), gained, gained_from_unknown, lost, lost_to_unknown, became_known, became_unknown,
    source_changed."""
    doctors: int
    """Doctors of both, who are compared."""
    joined: int
    left: int
    tags_added: list[str]
    tags_removed: list[str]

    def __str__(self) -> str:
        told = f"{self.doctors:,} doctors compared, {self.joined:,} joined, {self.left:,} left"
        for words, names in (("tags added", self.tags_added), ("tags removed", self.tags_removed)):
            told += f"; {words}: {', '.join(names)}" if names else ""
        return told


def changes(before: Tags, after: Tags) -> Changes:
    """What has changed between two answers, of one registry or two; doctors are matched by hcp_id, or by row where neither frame has it.
    The frames are of the kind that `after` was made from."""
    for tags, name in ((before, "before"), (after, "after")):
        expect(Tags, tags, name)
    row_before: npt.NDArray[np.int64] | None = None
    named = "hcp_id" in after._source
    if named != ("hcp_id" in before._source):
        raise ArgumentError("invalid_argument", "one has a column hcp_id, the other has not", Place(column="before"))
    if named:
        ids = after._source.ids("hcp_id")
        row_before = _core.match_ids(before._source.ids("hcp_id", ids), ids)
    found = _core.tag_changes(
        before.registry._core,
        before._core,
        _answers(before),
        after.registry._core,
        after._core,
        _answers(after),
        row_before,
    )
    items, by_tag = found["items"], found["by_tag"]
    names = list(after.registry.rules)
    rows = items.pop("hcp")
    doctor: dict[str, _frames.Out] = {"hcp_id": _ids_at(after._source, rows)} if named else {"row": rows}
    tag: dict[str, _frames.Out] = {"tag": _frames.Text(items.pop("tag"), names)}
    counted: dict[str, _frames.Out] = {"tag": _frames.Text(by_tag.pop("tag"), names)}
    return Changes(
        _frames.frame_of(after._kind, {**doctor, **tag, **{name: _frames.out_of(raw) for name, raw in items.items()}}),
        _frames.frame_of(after._kind, {**counted, **by_tag}),
        *(found[name] for name in ("doctors", "joined", "left", "tags_added", "tags_removed")),
    )


def _with_days(columns: Mapping[str, _frames.Out], rules: Source, as_of: int) -> _frames.Dates:
    """The column `since` with the days of rules that say yes, with statements as without."""
    days = rules.column("since", "date")
    if days.type not in ("date", "category"):
        raise WrongTypeError("wrong_type", f"expected dates, not {days.type}", Place(column="since"))
    cells = zip(rules.ids("hcp_id").written(), rules.column("tag", "text").written(), days.written(), strict=True)
    known = {(hcp_id, tag): day for hcp_id, tag, day in cells if day != "unknown"}
    wanted = _written(columns, "hcp_id", "tag", "answer", "source", "rule")
    since = columns["since"]
    assert isinstance(since, _frames.Dates)
    filled = since.days.copy()
    valid = np.ones(len(filled), dtype=bool) if since.valid is None else since.valid.copy()
    for row, (hcp_id, tag, *said) in enumerate(wanted):
        if said == ["yes", "rule", "yes"] and (hcp_id, tag) in known:
            try:
                filled[row], valid[row] = days_of(known[hcp_id, tag]), True
            except DataError as error:
                raise DataError("invalid_date", error.message, Place(column="since")) from None
            if filled[row] > as_of:
                message = (
                    "a rule says so since a day after the one that is asked about: evaluate rules_since on that day"
                )
                raise ArgumentError("invalid_argument", message, Place(column="since"))
    return _frames.Dates(filled, valid)


def _written(columns: Mapping[str, _frames.Out], *names: str) -> Any:
    """Rows of some columns as text."""
    frame = _frames.as_written(_frames.frame_of("dict", {name: columns[name] for name in names}))
    return zip(*(frame[name] for name in names), strict=True)


def _answers(tags: Tags) -> _core.TagAnswers:
    """Who decided; by rules alone nobody else did."""
    return _core.TagAnswers() if tags._provenance is None else tags._provenance.core


def _doctors(hcps: Any) -> Source:
    return Source(hcps.frame if isinstance(hcps, Profile) else hcps, "hcps")


def _ids_at(source: Source, rows: npt.NDArray[np.int64]) -> _frames.Out:
    """The ids of some rows, ready to go out."""
    values = source.values("hcp_id")
    if values and isinstance(values[0], str):
        return [values[row] for row in rows]
    return np.asarray(values, dtype=np.int64)[rows]


def _numbered(texts: _core.Column) -> _core.Column:
    """A column without a value, beside ids that are whole numbers."""
    if any(name for name in texts.names):
        message = "as statement_id: both text, or both whole numbers"
        raise WrongTypeError("wrong_type", message, Place(column="withdraws"))
    return _core.Column.numbers(np.full(len(texts), np.nan))
