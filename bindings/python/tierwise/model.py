"""A policy plus what was fitted, made ready to decide; and the whole job in one call."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any

from . import _core, segment
from .errors import ArgumentError, Place, expect, expect_count, no_pickle
from .joins import misfits
from .policy import Policy, policy_of
from .profile import AsOf, Profile, build
from .propensity import history_columns
from .recommend import consent_columns, with_actions
from .result import Result

__all__ = ["Model", "Progress", "run"]

Progress = Callable[[str, int, int], None]
"""Called with the name of the step that begins, how many are done, and how many there are."""


class Model:
    """Immutable. Any number of threads may call `decide` at once."""

    def __init__(self, core: _core.Engine, policy: Policy) -> None:
        self._core = core
        self.policy = policy

    @classmethod
    def fit(cls, policy: Policy, profile: Profile, history: Any = None) -> Model:
        """Learns deciles, scales and cuts from a population, and acceptance rates from past suggestions up to its date."""
        expect(Policy, policy, "policy")
        expect(Profile, profile, "profile")
        past = history_columns(history, profile._given.ids)
        return cls(_core.Engine.fit(policy._core, profile._core, past), policy)

    @property
    def segments(self) -> segment.SegmentModel:
        """The segmentation part."""
        return segment.SegmentModel._of(self._core.segments, self.policy)

    def decide(
        self, profile: Profile, *, consents: Any = None, history: Any = None, trace: bool = False, threads: int = 1
    ) -> Result:
        """Tiers, tags and next best actions of every doctor of `profile`, as of its date.

        A doctor's answer depends on the model and that doctor's own rows alone: a batch of one gives the same answer.

        `consents` has hcp_id, channel, granted, and optionally purpose, from, until. Without it nobody has consented.
        `history` is as for `tierwise.propensity.fit`. With `trace`, every dropped candidate is listed.
        """
        expect(Profile, profile, "profile")
        expect_count(threads, "threads")
        agreed = consent_columns(consents, profile._given.ids)
        past = history_columns(history, profile._given.ids)
        answer = self._core.decide(profile._core, agreed, past, trace, threads)
        given = profile._given.also("consents", agreed).also("history", past)
        return Result(answer, self, profile._kind, given, threads)

    def __reduce__(self) -> tuple[Any, ...]:
        raise no_pickle("Model", "keep its policy (Policy.to_json) and the tables that it was fitted to")

    def __repr__(self) -> str:
        return f"<tierwise.Model of policy {self.policy.name!r}>"


def run(
    hcps: Any,
    interactions: Any = None,
    *,
    consents: Any = None,
    history: Any = None,
    actions: Any = None,
    policy: Policy | dict[str, Any] | str | os.PathLike[str] | None = None,
    model: Model | None = None,
    as_of: AsOf | None = None,
    trace: bool = False,
    threads: int = 1,
    progress: Progress | None = None,
) -> Result:
    """The whole job: doctors and their contacts in; nine tiers, tags and next best actions, each with its reason, out.

    hcps, interactions   see `tierwise.profile.build`
    consents, history    see `Model.decide`
    actions              a table that replaces the policy's catalogue, see `tierwise.recommend.with_actions`
    policy               a Policy, the path of a policy file, the name of a shipped one, or a dictionary; the default policy if
                         there is none
    model                a model fitted before, to be used instead of fitting one here (then without policy and actions)
    as_of                the date to decide for; the policy's own (/input/as_of) if it has one
    trace                also list every dropped candidate, in `result.dropped_candidates`
    threads              how many threads may work; the answers are the same bytes for any number
    progress             called at each step with its name, steps done, steps in all

    Where no row of a table fits the others (ids written in another way, other names of channels), that is a DataError, as the answers
    would be those of having no such table; where more than half do not for one reason, a UserWarning, also in `result.notes`.

    >>> import tierwise
    >>> territory = tierwise.simulate.territory(hcps=200, seed=1)
    >>> result = tierwise.run(
    ...     territory.hcps, territory.interactions, consents=territory.consents,
    ...     history=territory.history, as_of=territory.as_of)
    >>> result
    <tierwise.Result as of 2026-06-30: 200 doctors; rows used/rejected: hcps 200/0, interactions 8014/0, consents 1289/0, history 1299/0>
    """
    result = _run(
        hcps,
        interactions,
        consents=consents,
        history=history,
        actions=actions,
        policy=policy,
        model=model,
        as_of=as_of,
        trace=trace,
        threads=threads,
        progress=progress,
    )
    for note in result.misfits:
        warnings.warn(note, stacklevel=2)
    return result


def _run(
    hcps: Any,
    interactions: Any,
    *,
    consents: Any = None,
    history: Any = None,
    actions: Any = None,
    policy: Policy | dict[str, Any] | str | os.PathLike[str] | None,
    model: Model | None = None,
    as_of: AsOf | None,
    trace: bool,
    threads: int,
    progress: Progress | None,
) -> Result:
    """As `run`, for who shows the notes himself."""
    steps = ["reading tables and profiles", "fitting", "tiers, tags, next actions"]

    def report(done: int) -> None:
        if progress is not None:
            progress(steps[done] if done < len(steps) else "done", done, len(steps))

    expect_count(threads, "threads")
    notes: list[str] = []
    if model is not None:
        expect(Model, model, "model")
        if policy is not None or actions is not None:
            raise ArgumentError(
                "invalid_argument", "a model has its own policy: give neither policy nor actions", Place(column="model")
            )
        chosen = model.policy
    else:
        chosen = policy_of(policy)
        if actions is not None:
            chosen, notes = with_actions(chosen, actions)
    report(0)
    profile = build(chosen, hcps, interactions, as_of=as_of, threads=threads)
    report(1)
    fits_here = model is None
    if model is None:
        model = Model.fit(chosen, profile, history)
    report(2)
    result = model.decide(profile, consents=consents, history=history, trace=trace, threads=threads)
    if fits_here:  # with a model fitted before, the doctors may be a few, and the tables everybody's
        rows = dict(result._given.rows)
        if actions is not None:
            rows.pop("history", None)  # its actions are those of another catalogue
        result.misfits = misfits(result._told, rows, chosen)
    result.notes += [*notes, *result.misfits]
    report(3)
    return result
