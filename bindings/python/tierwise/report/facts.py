"""The numbers of a run, counted once for the report and for the terminal. Plain data: dictionaries, lists, text, numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from .._core import __version__
from ..result import Result
from .texts import names_of

__all__ = ["Facts", "gather"]

Facts = dict[str, Any]
_BINS = 20


def gather(
    result: Result,
    *,
    rejects: Mapping[tuple[str, str, str], int] | None = None,
    rows: Mapping[str, int] | None = None,
    doctors: int = 4,
) -> Facts:
    """Counts what a report shows.

    rejects   rejected rows and cells by file, column and code; those of `result.rejected` if there is none
    rows      rows of each table as read
    doctors   how many doctors to show with their reasons
    """
    segments = {name: _array(result.segments, name) for name in _SEGMENTS}
    document = result.policy.to_dict()
    recommendations = {
        name: _array(result.recommendations, name) for name in ("rank", "action_id", "channel", "hcp_id", "priority")
    }
    facts: Facts = {
        "version": __version__,
        "policy": {"name": result.policy.name, "description": result.policy.description},
        "as_of": result.as_of.isoformat(),
        "doctors": len(result),
        "contacts": {"used": result.contacts_used, "later": result.contacts_later},
        "rows": dict(rows or {}),
        "notes": list(result.notes),
        "names": names_of(document),
        "channels": list(document["channels"]),
    }
    facts |= _tiers(result, segments)
    facts |= _scores(result, document, segments)
    facts["funnel"] = _funnel(result, recommendations)
    facts["actions"] = _actions(recommendations)
    facts["tags"] = _tags(result, document)
    counted = _own_rejects(result) if rejects is None else rejects
    facts["rejected"] = [
        {"file": f, "column": c, "code": code, "count": n} for (f, c, code), n in sorted(counted.items())
    ]
    facts["shown"] = _shown(result, segments, recommendations, facts, doctors)
    return facts


_SEGMENTS = (
    "hcp_id",
    "potential",
    "decile",
    "grade",
    "identity_score",
    "identity_level",
    "engagement_score",
    "engagement_level",
    "profile_type",
    "tier",
)


def _array(frame: Any, name: str) -> npt.NDArray[Any]:
    """A column of a frame of any kind; no value is None in text and NaN in numbers."""
    if isinstance(frame, dict):
        return np.asarray(frame[name])
    import narwhals as nw

    return np.asarray(nw.from_native(frame, eager_only=True).get_column(name).to_numpy())


def _numbers(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    if values.dtype == object:
        return np.array([np.nan if value is None else float(value) for value in values])
    return values.astype(np.float64)


def _codes(values: npt.NDArray[Any], names: list[str]) -> npt.NDArray[np.int64]:
    """Positions in `names`; what is not in it (an unknown) is −1."""
    known = {name: code for code, name in enumerate(names)}
    return np.array([known.get(value, -1) if isinstance(value, str) else -1 for value in values], np.int64)


def _tiers(result: Result, segments: dict[str, npt.NDArray[Any]]) -> Facts:
    policy = result.policy
    grades, identities, engagements = policy.grades, policy.identity_levels, policy.engagement_levels
    grade = _codes(segments["grade"], grades)
    identity = _codes(segments["identity_level"], identities)
    engagement = _codes(segments["engagement_level"], engagements)
    as_grade, as_identity, as_engagement = (policy.unknown_as[name] for name in ("grade", "identity", "engagement"))
    placed_identity = np.where(identity < 0, identities.index(as_identity), identity)
    placed_engagement = np.where(engagement < 0, engagements.index(as_engagement), engagement)
    counts = np.zeros((len(grades) + 1, len(identities), len(engagements)), np.int64)  # the last: unknown grade
    np.add.at(counts, (grade, placed_identity, placed_engagement), 1)
    cells = []
    table = {(cell["grade"], cell["identity"], cell["engagement"]): cell for cell in policy.tiers}
    for row, name in enumerate([*grades, None]):
        for i, of_identity in enumerate(identities):
            for e, of_engagement in enumerate(engagements):
                cell = table[name or as_grade, of_identity, of_engagement]
                entry = {key: cell[key] for key in ("identity", "engagement", "tier", "profile_type", "resources")}
                cells.append({"grade": name, **entry, "count": int(counts[row, i, e])})
    tiers = []
    for tier, count in result.tier_counts.items():
        of_tier = [cell for cell in policy.tiers if cell["tier"] == tier]
        kinds = list(dict.fromkeys(cell["profile_type"] for cell in of_tier))
        named = list(dict.fromkeys(cell["grade"] for cell in of_tier))
        tiers.append(
            {
                "tier": tier,
                "count": count,
                "profile_types": kinds,
                "grades": named,
                "resources": of_tier[0]["resources"],
            }
        )
    return {
        "grades": grades,
        "levels": {"identity": identities, "engagement": engagements},
        "cells": cells,
        "tiers": tiers,
        "unknown": {
            "grade": {"count": int((grade < 0).sum()), "counts_as": as_grade},
            "identity": {"count": int((identity < 0).sum()), "counts_as": as_identity},
            "engagement": {"count": int((engagement < 0).sum()), "counts_as": as_engagement},
        },
    }


def _scores(result: Result, document: dict[str, Any], segments: dict[str, npt.NDArray[Any]]) -> Facts:
    potential, decile = _numbers(segments["potential"]), _numbers(segments["decile"])
    by_volume = ~np.isnan(decile)
    by_card = ~np.isnan(potential) & ~by_volume
    rules = document["segment"].get("potential", {})
    cuts, card = rules.get("cuts", {}), rules.get("card", {})
    grades = result.policy.grades
    model = result.model.segments

    def histogram(values: npt.NDArray[np.float64], floors: Any, of: dict[str, Any]) -> Facts:
        known = values[~np.isnan(values)]
        high = float(of.get("out_of", 100))
        counts = np.histogram(known, bins=_BINS, range=(0, high))[0]
        return {
            "counts": [int(n) for n in counts],
            "floors": [float(floor) for floor in floors if np.isfinite(floor)],
            "high": high,
            "known": len(known),
            "unknown": len(values) - len(known),
        }

    # Other cuts than by decile have no place on an axis of deciles.
    decile_floors = [float(cuts["floors"][grade]) for grade in grades[:-1]] if cuts.get("how") == "decile" else []
    deciles = np.bincount(decile[by_volume].astype(np.int64), minlength=11)
    return {
        "basis": {
            "volume": int(by_volume.sum()),
            "scorecard": int(by_card.sum()),
            "unknown": int((~by_volume & ~by_card).sum()),
        },
        "deciles": {
            "counts": [int(n) for n in deciles],
            "floors": decile_floors,
            "column": rules.get("volume") or "",
        },
        "card": histogram(potential[by_card], model.card_floors, card),
        "identity": histogram(
            _numbers(segments["identity_score"]), model.identity_floors, document["segment"].get("identity", {})
        ),
        "engagement": histogram(
            _numbers(segments["engagement_score"]), model.engagement_floors, document["segment"].get("engagement", {})
        ),
    }


def _funnel(result: Result, recommendations: dict[str, npt.NDArray[Any]]) -> Facts:
    stage, rule, candidates, hcps = (
        _array(result.dropped, name).tolist() for name in ("stage", "rule", "candidates", "hcps")
    )
    picks = int((recommendations["action_id"] != "do_nothing").sum())
    left = total = picks + int(sum(candidates))
    stages: list[Facts] = []
    for of_stage, of_rule, count, people in zip(stage, rule, candidates, hcps, strict=True):
        if not stages or stages[-1]["stage"] != of_stage:
            stages.append({"stage": of_stage, "candidates": 0, "rules": []})
        stages[-1]["candidates"] += int(count)
        stages[-1]["rules"].append({"rule": of_rule, "candidates": int(count), "hcps": int(people)})
    for entry in stages:
        left -= entry["candidates"]
        entry["left"] = left
        entry["rules"].sort(key=lambda line: (-line["candidates"], line["rule"]))
    return {"candidates": total, "picks": picks, "stages": stages}


def _actions(recommendations: dict[str, npt.NDArray[Any]]) -> Facts:
    first = recommendations["rank"] == 1
    nothing = recommendations["action_id"] == "do_nothing"
    counted: dict[str, dict[str, int]] = {}
    for action, channel in zip(
        recommendations["action_id"][first & ~nothing], recommendations["channel"][first & ~nothing], strict=True
    ):
        of_action = counted.setdefault(str(action), {})
        of_action[str(channel)] = of_action.get(str(channel), 0) + 1
    ordered = sorted(counted.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    return {
        "first": dict(ordered),
        "nothing": int(nothing.sum()),
        "with_action": int((first & ~nothing).sum()),
        "all": int((~nothing).sum()),
    }


def _tags(result: Result, document: dict[str, Any]) -> list[Facts]:
    names, counts = np.unique(_array(result.tags, "tag").astype(str), return_counts=True)
    layers = {tag["id"]: tag["layer"] for tag in document["tags"]}
    found = [
        {"tag": str(name), "layer": layers.get(str(name), ""), "count": int(n)}
        for name, n in zip(names, counts, strict=True)
    ]
    return sorted(found, key=lambda entry: (-entry["count"], entry["tag"]))


def _own_rejects(result: Result) -> dict[tuple[str, str, str], int]:
    counted: dict[tuple[str, str, str], int] = {}
    for key in zip(*(_array(result.rejected, name).tolist() for name in ("table", "column", "code")), strict=True):
        counted[key] = counted.get(key, 0) + 1
    return counted


def _shown(
    result: Result,
    segments: dict[str, npt.NDArray[Any]],
    recommendations: dict[str, npt.NDArray[Any]],
    facts: Facts,
    wanted: int,
) -> list[Facts]:
    """A few doctors who are worth reading: the most pressing of the highest tiers, one whose potential is unknown, one with
    nothing to do. Of several, the one with the highest priority, then the smaller id."""
    ids = segments["hcp_id"].astype(str)
    first = recommendations["rank"] == 1
    priority = dict(
        zip(
            recommendations["hcp_id"][first].astype(str),
            np.nan_to_num(_numbers(recommendations["priority"][first])),
            strict=True,
        )
    )
    idle = set(recommendations["hcp_id"][first & (recommendations["action_id"] == "do_nothing")].astype(str))
    pressing = np.array([priority.get(name, 0.0) for name in ids])
    ungraded = _codes(segments["grade"], facts["grades"]) < 0
    carded = np.isnan(_numbers(segments["decile"])) & ~ungraded
    nothing = np.array([name in idle for name in ids], bool)
    known = ~np.isnan(_numbers(segments["identity_score"]))
    tier = segments["tier"]
    tiers = [(f"tier_{n}", (tier == n) & ~nothing & ~ungraded) for n in range(1, len(facts["tiers"]) + 1)]
    top = [plan for plan in tiers if plan[1].any()]
    # The rarer road to a grade is the one to look at.
    road = ("scorecard", carded) if carded.sum() <= len(ids) / 2 else ("volume", ~carded & ~ungraded)
    unsure = [("unknown_potential", ungraded & ~nothing), (road[0], road[1] & ~nothing)]
    idle_ones = [("nothing", nothing & known), ("nothing", nothing)]
    plans = [
        *top[:2],
        *[plan for plan in unsure if plan[1].any()][:1],
        *[plan for plan in idle_ones if plan[1].any()][:1],
        *top[2:],
    ]
    shown: list[Facts] = []
    for why, mask in plans[:wanted]:
        taken = {entry["id"] for entry in shown}
        rows = [row for row in np.flatnonzero(mask) if ids[row] not in taken]
        if not rows:
            continue
        row = min(rows, key=lambda r: (-pressing[r], ids[r]))
        name = segments["hcp_id"][row]
        key = name if isinstance(name, str) else int(name)
        shown.append(
            {
                "why": why,
                "id": str(key),
                "en": result.explain(key, "en").to_dict(),
                "zh": result.explain(key, "zh").to_dict(),
            }
        )
    return shown
