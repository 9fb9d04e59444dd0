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
GOALS = {"pandas": 60, "numpy": 20, "numba": 3}
ROOF_GOAL = 0.6  # at 10 million


def by_pandas(frame):
    """Counts only: pandas would need a merge more for the tiers."""
    cut = {
        name: pd.cut(frame[name], [-np.inf, *reversed(floors), np.inf], right=False, labels=names[::-1])
        for name, floors, names in (
            ("potential", POTENTIAL, GRADES),
            ("identity", IDENTITY, LEVELS),
            ("engagement", ENGAGEMENT, LEVELS),
        )
    }
    return pd.crosstab(cut["potential"], [cut["identity"], cut["engagement"]], dropna=False)


def by_numpy(potential, identity, engagement, tier_of):
    grade = 3 - np.digitize(potential, POTENTIAL[::-1])
    identity_level = 2 - np.digitize(identity, IDENTITY[::-1])
    engagement_level = 2 - np.digitize(engagement, ENGAGEMENT[::-1])
    cell = (grade * 3 + identity_level) * 3 + engagement_level
    return tier_of[cell], np.bincount(cell, minlength=36)


@numba.njit
def by_numba(potential, identity, engagement, cuts, unknown_as, tier_of, tiers, counts):
    """The same work as ours: cuts are data, and an unknown counts as the policy says.

    With cuts in the code, unknowns taken for the best grade, and if-else instead of sums this takes several times as long on
    random scores. With cuts in the code, without `isnan` and with sums it takes about two thirds of it.
    """
    for i in range(len(potential)):
        p, q, r = potential[i], identity[i], engagement[i]
        grade = unknown_as[0] if np.isnan(p) else int(p < cuts[0]) + int(p < cuts[1]) + int(p < cuts[2])
        identity_level = unknown_as[1] if np.isnan(q) else int(q < cuts[3]) + int(q < cuts[4])
        engagement_level = unknown_as[2] if np.isnan(r) else int(r < cuts[5]) + int(r < cuts[6])
        cell = (grade * 3 + identity_level) * 3 + engagement_level
        tiers[i] = tier_of[cell]
        counts[cell] += 1


def compare(programs):
    policy = tierwise.Policy.default()
    # the tiers of the 36 cells, asked of tierwise one cell at a time
    middles = [(p, i, e) for p in (80, 50, 30, 10) for i in (80, 40, 10) for e in (80, 40, 10)]
    cells = np.array(middles, np.float32)
    tier_of, _ = classify(policy, *(np.ascontiguousarray(column) for column in cells.T), potential_floors=POTENTIAL)
    for size, rounds in ((1_000_000, 31), (10_000_000, 7)):
        found = medians(contestants(policy, tier_of, size), rounds)
        for peer, goal in GOALS.items():
            yield record("segment", size, peer, found["ours"], found[peer], goal)
        roof = program(programs / "bench_segment", size, rounds * 3)
        yield record("segment", size, "roof", roof["classify_ms"], roof["read_ms"], ROOF_GOAL)


def contestants(policy, tier_of, size):
    """What takes turns at one size; all are first seen to give the same tiers and counts."""
    random = np.random.default_rng(1)
    scores = [random.random(size, dtype=np.float32) * np.float32(100) for _ in range(3)]
    frame = pd.DataFrame(dict(zip(("potential", "identity", "engagement"), scores, strict=True)))
    tiers, tiers_numba, counts_numba = np.empty(size, np.uint8), np.empty(size, np.uint8), np.zeros(36, np.int64)
    cuts = np.array(POTENTIAL + IDENTITY + ENGAGEMENT, np.float32)
    unknown_as = np.array([2, 2, 2])
    calls = {
        "ours": lambda: classify(policy, *scores, potential_floors=POTENTIAL, out=tiers),
        "pandas": lambda: by_pandas(frame),
        "numpy": lambda: by_numpy(*scores, tier_of),
        "numba": lambda: by_numba(*scores, cuts, unknown_as, tier_of, tiers_numba, counts_numba),
    }
    found = {name: call() for name, call in calls.items()}
    counts, (tiers_numpy, counts_numpy) = found["ours"][1].ravel(), found["numpy"]
    same = (
        np.array_equal(tiers, tiers_numpy)
        and np.array_equal(tiers, tiers_numba)
        and np.array_equal(counts, counts_numpy)
        and np.array_equal(counts, counts_numba)
        and np.array_equal(counts.reshape(4, 9), found["pandas"].to_numpy()[::-1, ::-1])
    )
    if not same:
        raise SystemExit("segment: ours and its peers do not give the same tiers and counts")
    return calls
