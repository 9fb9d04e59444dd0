"""Fused segmentation: three float32 scores to levels, grade, tier and counts, through the installed Python package.

Peers are written as a user would write them. Peer `roof` is reading the same bytes, measured in C++ in turns with ours.
"""

import numba
import numpy as np
import pandas as pd
import tierwise
from tierwise.segment import classify

from turns import medians, program, record

GRADES, LEVELS = ["A", "B", "C", "D"], ["high", "medium", "low"]
POTENTIAL, IDENTITY, ENGAGEMENT = [70, 45, 20], [60, 30], [60, 30]
GOALS = {1_000_000: {"pandas": 60, "numpy": 20, "numba": 3}, 10_000_000: {"pandas": 60, "numpy": 20, "numba": 3}}
ROOF_GOAL = 0.6  # at 10 million


def by_pandas(frame):
    """Counts only: pandas would need a merge more for the tiers."""
    cut = {
        name: pd.cut(frame[name], [-np.inf, *reversed(floors), np.inf], right=False, labels=names[::-1])
        for name, floors, names in (
            ("potential", POTENTIAL, GRADES), ("identity", IDENTITY, LEVELS), ("engagement", ENGAGEMENT, LEVELS))
    }
    return pd.crosstab(cut["potential"], [cut["identity"], cut["engagement"]], dropna=False)


def by_numpy(potential, identity, engagement, tier_of):
    grade = 3 - np.digitize(potential, POTENTIAL[::-1])
    identity_level = 2 - np.digitize(identity, IDENTITY[::-1])
    engagement_level = 2 - np.digitize(engagement, ENGAGEMENT[::-1])
    cell = (grade * 3 + identity_level) * 3 + engagement_level
    return tier_of[cell], np.bincount(cell, minlength=36)


@numba.njit
def by_numba(potential, identity, engagement, tier_of, tiers, counts):
    for i in range(len(potential)):
        p, q, r = potential[i], identity[i], engagement[i]
        grade = 0 if p >= 70 else 1 if p >= 45 else 2 if p >= 20 else 3
        identity_level = 0 if q >= 60 else 1 if q >= 30 else 2
        engagement_level = 0 if r >= 60 else 1 if r >= 30 else 2
        cell = (grade * 3 + identity_level) * 3 + engagement_level
        tiers[i] = tier_of[cell]
        counts[cell] += 1


def compare(programs):
    policy = tierwise.Policy.default()
    # the tiers of the 36 cells, asked of tierwise one cell at a time
    middle = {"potential": [80, 50, 30, 10], "level": [80, 40, 10]}
    cells = np.array([[p, i, e] for p in middle["potential"] for i in middle["level"] for e in middle["level"]], np.float32)
    tier_of, _ = classify(policy, *(np.ascontiguousarray(column) for column in cells.T), potential_floors=POTENTIAL)

    for size, rounds in ((1_000_000, 31), (10_000_000, 7)):
        random = np.random.default_rng(1)
        scores = [random.random(size, dtype=np.float32) * np.float32(100) for _ in range(3)]
        frame = pd.DataFrame(dict(zip(("potential", "identity", "engagement"), scores)))
        tiers, tiers_numba, counts_numba = np.empty(size, np.uint8), np.empty(size, np.uint8), np.zeros(36, np.int64)

        def ours():
            return classify(policy, *scores, potential_floors=POTENTIAL, out=tiers)

        contestants = {
            "ours": ours,
            "pandas": lambda: by_pandas(frame),
            "numpy": lambda: by_numpy(*scores, tier_of),
            "numba": lambda: by_numba(*scores, tier_of, tiers_numba, counts_numba),
        }
        # All must do the same work before their speed means anything.
        _, counts = ours()
        tiers_numpy, counts_numpy = contestants["numpy"]()
        contestants["numba"]()
        crosstab = contestants["pandas"]().to_numpy()[::-1, ::-1]
        assert np.array_equal(counts.ravel(), counts_numpy) and np.array_equal(counts.ravel(), counts_numba)
        assert np.array_equal(counts.reshape(4, 9), crosstab)
        assert np.array_equal(tiers, tiers_numpy) and np.array_equal(tiers, tiers_numba)

        found = medians(contestants, rounds)
        for peer in ("pandas", "numpy", "numba"):
            yield record("segment", size, peer, found["ours"], found[peer], GOALS[size][peer])
        roof = program(programs / "bench_segment", size, rounds * 3)
        yield record("segment", size, "roof", roof["classify_ms"], roof["read_ms"], ROOF_GOAL)
