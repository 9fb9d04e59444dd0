"""Tags of a whole base: a registry of definitions, and who has which tag."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _core, _frames
from ._frames import Source
from .errors import ArgumentError, MissingColumnError, Place, UnknownHcpError, WrongTypeError, expect, no_pickle
from .policy import Policy
from .profile import AsOf, Profile, days_of
from .rules import Rule, Schema, known_of

if TYPE_CHECKING:
    from .provenance import Changes
    from .quality import Quality


class Updated(NamedTuple):
    """What `TagRegistry.update` evaluated again: tags for all rows, as they ask for a column that changed, and rows for all tags."""

    tags: int
    rows: int


class TagRegistry:
    """Definitions of many tags, whose rules are one program: what several of them ask is asked once. Immutable; any number of threads may
    use it.

    >>> import numpy as np
    >>> import tierwise
    >>> schema = tierwise.tag.Schema({"visits": "number", "city": "text"})
    >>> registry = tierwise.tag.TagRegistry(
    ...     {"seen": "visits > 0", "often": "visits >= 4", "quiet_in_x": 'city == "X" and not has_tag("often")'}, schema)
    >>> tags = registry.evaluate({"visits": np.array([0.0, 2.0, 9.0, np.nan]), "city": ["X", "X", "X", "Y"]})
    >>> tags.counts()
    {'seen': 2, 'often': 1, 'quiet_in_x': 2}
    >>> tags.query("seen & ~often")
    array([False,  True, False, False])

    A definition may say more than its rule: the keys of a policy's section `tags` but `id`.

    >>> registry = tierwise.tag.TagRegistry(
    ...     {"kol": {"layer": "basic", "source": "person", "owner": "medical affairs", "lives_days": 365}}, schema)
    >>> registry.definitions[0]["source"]
    'person'
    """

    def __init__(
        self,
        tags: Mapping[str, str | Mapping[str, Any]],
        schema: Schema | Policy,
        *,
        groups: Mapping[str, Mapping[str, bool]] | None = None,
    ) -> None:
        """`tags` gives each tag's rule, or its definition, by its id; `groups` each group's `exclusive` and `complete`. RuleError or
        PolicyError names the first that cannot be used; rules may ask for each other's tags."""
        known, self._hints = known_of(schema)
        definitions = [
            {"id": name, **({"rule": of} if isinstance(of, str) else _checked(name, of))} for name, of in tags.items()
        ]
        listed = [{"id": name, **of} for name, of in (groups or {}).items()]
        self._take(_core.TagRegistry.compile(definitions, listed, known), schema)

    def _take(self, core: _core.TagRegistry, schema: Schema | Policy) -> None:
        self._core = core
        self._schema = schema
        self._policy: Policy | None = None
        self.definitions: list[dict[str, Any]] = core.definitions()
        self.groups: list[dict[str, Any]] = core.groups()
        self.rules = {one["id"]: one["rule"] for one in self.definitions}

    @classmethod
    def from_policy(cls, policy: Policy) -> TagRegistry:
        """The tags of a policy."""
        expect(Policy, policy, "policy")
        self = cls.__new__(cls)
        self._hints = {}
        self._take(_core.TagRegistry.of(policy._core), policy)
        self._policy = policy
        return self

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> TagRegistry:
        """The tags of a policy file."""
        return cls.from_policy(Policy.from_file(path))

    def evaluate(self, frame: Any, *, into: Tags | None = None, threads: int = 1) -> Tags:
        """Who has which tag, for each row of a table that has the columns of the rules, or of a Profile. With `into`, the memory of an
        earlier answer of this registry is used again, which then is this answer. Tags without a rule are unknown for everybody."""
        source, columns = self._read(frame)
        tags = Tags(self) if into is None else into
        if tags.registry is not self:
            raise ArgumentError("invalid_argument", "these are tags of another registry", Place(column="into"))
        self._core.evaluate(columns, len(source), tags._core, threads)
        tags._answer(source, columns, frame)
        return tags

    def _read(self, frame: Any) -> tuple[Source, dict[str, _core.Column]]:
        """The columns that the rules ask for."""
        source = Source(frame.frame if isinstance(frame, Profile) else frame, "profile")
        asked = self._core.columns()
        lacking = [name for name in asked if name not in source]
        if isinstance(frame, Profile) and lacking:
            message = (
                "the profile has no such column; where it is one of the segments (tier, grade, …), evaluate "
                "profile.with_columns(segments), with those of a run or of SegmentModel.assign(profile)"
            )
            raise MissingColumnError("missing_column", message, Place(column=lacking[0]))
        return source, {name: source.column(name, self._hints.get(name, "number")) for name in asked}

    def update(
        self,
        tags: Tags,
        frame: Any,
        *,
        rows: npt.ArrayLike | None = None,
        columns: Sequence[str] = (),
        threads: int = 1,
    ) -> Updated:
        """Brings an earlier answer up to date: the same as `evaluate` on the frame, if all that changed is named. `rows` are the doctors of
        whom any cell may differ, as a mask or as numbers of rows; `columns` those in which any doctor's may. Rows added at the end of the
        frame need no mention. Tags that ask for a changed column are evaluated for everybody, and all tags for the blocks of 512 doctors
        in which one changed.

        >>> import numpy as np
        >>> import tierwise
        >>> schema = tierwise.tag.Schema({"visits": "number"})
        >>> registry = tierwise.tag.TagRegistry({"seen": "visits > 0"}, schema)
        >>> tags = registry.evaluate({"visits": np.array([0.0, 2.0])})
        >>> registry.update(tags, {"visits": np.array([1.0, 2.0, 0.0])}, rows=[0])
        Updated(tags=0, rows=3)
        >>> tags["seen"]
        array([ True,  True, False])
        """
        expect(Tags, tags, "tags")
        if tags.registry is not self:
            raise ArgumentError("invalid_argument", "these are tags of another registry", Place(column="tags"))
        if tags._provenance is not None:
            message = "these tags were evaluated with statements, which update would forget: let Statements.evaluate answer anew"
            raise ArgumentError("invalid_argument", message, Place(column="tags"))
        source, given = self._read(frame)
        for name in columns:
            if name not in source:
                raise source.lacks(name)
        asked = [name for name in columns if name in given]
        done = self._core.update(given, tags._core, _mask(rows, len(source)), asked, threads)
        tags._answer(source, given, frame)
        return Updated(*done)

    @cached_property
    def decision_uses(self) -> dict[str, int]:
        """How many rules of the policy's decisions ask for each tag; empty without a policy."""
        uses: dict[str, int] = {}
        if self._policy is None:
            return uses
        recommend = self._policy.to_dict()["recommend"]
        rules = [one.get(key) for one in recommend["actions"] for key in ("eligible", "applicable", "suitable")]
        rules += [one["when"] for one in recommend["contexts"]]
        for rule in filter(None, rules):
            for tag in Rule(rule, self._policy).tags:
                uses[tag] = uses.get(tag, 0) + 1
        return uses

    def due(self, profile: Profile, before: AsOf) -> tuple[npt.NDArray[np.bool_], list[str]]:
        """What differs because time has moved on from `before` to the profile's date: the rows and columns to give `update`. Rows are doctors
        with a day in between on which a contact happened, left a window, or came to lie a duration of a rule back; columns are those
        that rules read and contacts do not tell (points, trends, sums, …). A contact that became known late, dated up to `before`, is no
        matter of time: add its doctor. Only for the registry of a policy."""
        expect(Profile, profile, "profile")
        if self._policy is None:
            message = "only the registry of a policy knows what its columns are made of; use TagRegistry.from_policy"
            raise ArgumentError("invalid_argument", message, Place(column="self"))
        return self._core.due(self._policy._core, profile._core, days_of(before))

    def diff(self, before: Tags, after: Tags) -> Changes:
        """What has changed between two answers: who gained a tag, who lost it, of whom it became known, whose word it is now. `after` is of
        this registry; `before` may be of an earlier version. Doctors are matched by the frames' column hcp_id, or, without one, by row.

        >>> import tierwise
        >>> schema = tierwise.tag.Schema({"visits": "number"})
        >>> registry = tierwise.tag.TagRegistry({"often": "visits >= 4"}, schema)
        >>> before = registry.evaluate({"hcp_id": ["H1", "H2"], "visits": [9.0, 3.0]})
        >>> changes = registry.diff(before, registry.evaluate({"hcp_id": ["H2", "H3"], "visits": [4.0, 1.0]}))
        >>> changes.frame["hcp_id"].tolist(), changes.frame["change"].tolist(), changes.joined, changes.left
        (['H2'], ['gained'], 1, 1)
        """
        from .provenance import changes

        if after.registry is not self:
            raise ArgumentError("invalid_argument", "these are tags of another registry", Place(column="after"))
        return changes(before, after)

    def __reduce__(self) -> tuple[Any, ...]:
        raise no_pickle("TagRegistry", "keep its definitions")

    def __repr__(self) -> str:
        return f"<tierwise.tag.TagRegistry: {len(self.rules)} tags>"


def _mask(rows: npt.ArrayLike | None, count: int) -> npt.NDArray[np.bool_]:
    """Rows as a mask."""
    if rows is None:
        return np.zeros(0, dtype=bool)
    given = np.asarray(rows)
    if given.dtype == np.bool_:
        return given
    mask = np.zeros(count, dtype=bool)
    if given.size:
        if given.dtype.kind not in "iu" or given.min() < 0 or given.max() >= count:
            message = f"expected a mask, or numbers of rows from 0 to {count - 1}"
            raise ArgumentError("invalid_argument", message, Place(column="rows"))
        mask[given] = True
    return mask


_KEYS = {"layer", "rule", "group", "purpose", "owner", "source", "lives_days", "version", "of", "name_en", "name_zh"}


def _checked(name: str, definition: Any) -> Mapping[str, Any]:
    if not isinstance(definition, Mapping):
        message = f"expected a rule as text, or a mapping, not {type(definition).__name__}"
        raise WrongTypeError("wrong_type", message, Place(path=f"/tags/{name}"))
    for key in definition:
        if key not in _KEYS:
            near = difflib.get_close_matches(str(key), sorted(_KEYS), 1)
            hint = f"; did you mean '{near[0]}'?" if near else f"; there are {', '.join(sorted(_KEYS))}"
            raise ArgumentError(
                "invalid_argument", f"a definition has no key '{key}'{hint}", Place(path=f"/tags/{name}")
            )
    return definition


@dataclass(frozen=True)
class Trace:
    """Why a doctor has a tag or not. As text it is in English; `zh` is in Chinese. It holds what is known of the doctor: not for logs.

    `steps` are the conditions, the rule first: rule, verdict, values that it reads itself, tag that it asks for, whether that was
    said, parts (positions in `steps`). `flips` are the smallest changes that were found to change the verdict: becomes, changes.
    `by_itself` is the day on which it changes if nothing happens.
    """

    tag: str
    verdict: str
    steps: list[dict[str, Any]]
    flips: list[dict[str, Any]]
    by_itself: str | None
    en: str
    zh: str

    def __str__(self) -> str:
        return self.en.rstrip()


class Tags:
    """Who has which tag: one bit a doctor and tag, and one for whether that is known."""

    def __init__(self, registry: TagRegistry) -> None:
        self.registry = registry
        self._core = _core.TagBits()
        self._place = {tag: place for place, tag in enumerate(registry.rules)}

    def _answer(self, source: Source, columns: dict[str, _core.Column], frame: Any) -> None:
        """What this is an answer about, which it keeps for `trace`."""
        self._rows, self._kind = len(source), source.kind
        self._source, self._columns = source, columns
        self._profile = frame if isinstance(frame, Profile) else None
        self._provenance: Any = None  # of tierwise.provenance, which answers with what is said besides the rules

    def __len__(self) -> int:
        """Doctors."""
        return self._rows

    def __getitem__(self, tag: str) -> npt.NDArray[np.bool_]:
        """Whether each doctor has a tag; false where that is unknown."""
        return self._core.yes(self._of(tag))

    def known(self, tag: str) -> npt.NDArray[np.bool_]:
        """Whether it is known that each doctor has a tag or has it not."""
        return self._core.known(self._of(tag))

    @property
    def frame(self) -> Any:
        """One column a tag, in a frame of the caller's kind: true, false, or null where that is unknown."""
        return _frames.frame_of(self._kind, {tag: _frames.Ints(self[tag], self.known(tag)) for tag in self._place})

    def counts(self) -> dict[str, int]:
        """Doctors with each tag."""
        return dict(zip(self._place, self._core.counts().tolist(), strict=True))

    def known_counts(self) -> dict[str, int]:
        """Doctors of whom it is known whether they have each tag."""
        return dict(zip(self._place, self._core.known_counts().tolist(), strict=True))

    def pair_counts(self, pairs: Sequence[tuple[str, str]]) -> npt.NDArray[np.int64]:
        """How many doctors have both tags of each pair."""
        return self._core.pair_counts([(self._of(a), self._of(b)) for a, b in pairs])

    def crosstab(self, rows: Sequence[str], columns: Sequence[str]) -> Any:
        """How many doctors have each tag of the rows and each of the columns: a frame with `tag` and a column a tag. Show it outside only as
        `tierwise.privacy.suppress` shows it.

        >>> import numpy as np
        >>> import tierwise
        >>> registry = tierwise.tag.TagRegistry(
        ...     {"low": "x < 2", "high": "x >= 2", "even": "x == 2 or x == 4"}, tierwise.tag.Schema({"x": "number"}))
        >>> registry.evaluate({"x": np.array([1.0, 2.0, 3.0, 4.0])}).crosstab(["low", "high"], ["even"])["even"].tolist()
        [0, 2]
        """
        for name, tags in (("rows", rows), ("columns", columns)):
            if isinstance(tags, str) or len(set(tags)) < len(tags):
                raise ArgumentError("invalid_argument", "expected a list of tags, each once", Place(column=name))
        counts = self.pair_counts([(a, b) for a in rows for b in columns]).reshape(len(rows), len(columns))
        cells: dict[str, _frames.Out] = {tag: np.ascontiguousarray(counts[:, at]) for at, tag in enumerate(columns)}
        return _frames.frame_of(self._kind, {"tag": list(rows), **cells})

    def query(self, question: str) -> npt.NDArray[np.bool_]:
        """Who fits a question such as `a & (b | ~c)`: `~` binds tightest, then `&`, then `|`. Who lacks c fits `~c` only where that is
        known."""
        yes, _ = self.registry._core.query(question, self._core)
        return yes

    def quality(
        self,
        outcome: Any = None,
        *,
        used: Mapping[str, int] | None = None,
        wanted: int = 10,
        before: Tags | None = None,
        evidence: Mapping[str, Any] | None = None,
        as_of: AsOf | None = None,
    ) -> Quality:
        """What the tags are worth: a frame with a row a tag, the registry's sufficiency, and what to repair first.

        `outcome` is a column of truths (its name in the frame, or values; missing: not seen): information value with its interval and the
        value to be expected of noise, mutual information (nats), p-value and whether it stands out among all tags, lift, risk ratio.
        `used` counts uses in reports; uses in other rules, and in the decisions of a policy, are known. `wanted` tags a doctor is enough.
        `before` are the same doctors' tags on another date: kept, gained, lost, stability index, Jaccard. `evidence` gives, for some tags,
        the date of each doctor's newest evidence: the share that is older than the tag lives. Formulas: docs/reference/tag-quality.md."""
        from .quality import quality

        return quality(self, outcome, used=used, wanted=wanted, before=before, evidence=evidence, as_of=as_of)

    def trace(self, hcp_id: Any, tag: str) -> Trace:
        """Why a doctor has a tag or not: each condition with its verdict and the values it read, and what would change it. `hcp_id` is
        looked for in the frame's column of that name; without one it is the number of the row. Where the tags are those of a Profile and
        of a policy's registry, also the day on which the verdict changes if nothing happens.

        >>> import tierwise
        >>> schema = tierwise.tag.Schema({"visits": "number", "city": "text"})
        >>> registry = tierwise.tag.TagRegistry({"often": "visits >= 4", "target": 'has_tag("often") and city == "X"'}, schema)
        >>> tags = registry.evaluate({"hcp_id": ["H1", "H2"], "visits": [9.0, 3.0], "city": ["X", "X"]})
        >>> print(tags.trace("H2", "target"))
        target: no
          no: has_tag("often") and city == "X"
            no: often
              no: visits >= 4  --  visits: 3
            yes: city == "X"  --  city: "X"
        if visits were 4, then: yes
        """
        policy = self.registry._policy
        found = _core.trace_tag(
            self.registry._core,
            self._columns,
            self._row_of(hcp_id),
            self._of(tag),
            _core.TagAnswers() if self._provenance is None else self._provenance.core,
            None if policy is None else policy._core,
            None if self._profile is None or policy is None else self._profile._core,
        )
        return Trace(tag, **found)

    def _row_of(self, hcp_id: Any) -> int:
        if "hcp_id" in self._source:
            rows = [
                row for row, one in enumerate(self._source.native("hcp_id")) if one == hcp_id or str(one) == str(hcp_id)
            ]
        else:
            rows = [int(hcp_id)] if isinstance(hcp_id, (int, np.integer)) and 0 <= hcp_id < len(self) else []
        if len(rows) != 1:
            raise UnknownHcpError("unknown_hcp", f"{len(rows) or 'no'} rows are of this doctor", Place(column="hcp_id"))
        return rows[0]

    def _of(self, tag: str, argument: str = "tag") -> int:
        if tag not in self._place:
            near = difflib.get_close_matches(tag, self._place, 1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            raise ArgumentError("invalid_argument", f"there is no tag '{tag}'{hint}", Place(column=argument))
        return self._place[tag]

    def __reduce__(self) -> tuple[Any, ...]:
        raise no_pickle("Tags", "keep the arrays of the tags")

    def __repr__(self) -> str:
        return f"<tierwise.tag.Tags: {len(self._place)} tags of {self._rows} doctors>"
