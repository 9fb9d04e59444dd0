"""Scores, levels, grade, tier and exact contributions of doctors from 12 raw attributes, in one pass over them, in C++.

The policy has three scorecards (potential, identity, engagement) of four terms each: linear, capped, logarithmic, piecewise and looked
up by text; one value in twenty is missing. Peer `pandas` is what a user would write, one expression a step, seen to give the same
tiers, scores and contributions (to rounding: ours are multiples of 2^-20 that add up exactly). Peer `no parts` leaves contributions
out, for both. Peer `roof` is reading the 88 bytes of input a doctor, in turns with ours, scaled to the bytes that ours reads and
writes; its goal is half of that bandwidth. Peer `memory` is 1 % of the input beside the most that ours ever holds beyond input and
output (bytes, not times), and peer `linear` the time per row at 10 thousand rows beside that at this size.
TIERWISE_BENCH_ROWS=30000000 adds a size to the last three.
"""

import os
import pathlib
import tempfile

import numpy as np
import pandas as pd
from turns import medians, program, record

TITLES = {
    "chief_physician": 1,
    "associate_chief_physician": 0.75,
    "attending_physician": 0.4,
    "resident_physician": 0.15,
}
HOSPITALS = {"tier_3_large": 1, "tier_3": 0.8, "tier_2": 0.5, "below": 0.2}
NUMBERS = [
    "patients_per_week",
    "beds",
    "society_offices",
    "trials",
    "publications",
    "teaching",
    "visits",
    "meetings",
    "videos",
    "articles",
]
WEIGHTS = {
    "potential": {"patients_per_week": 50, "hospital_level": 25, "title": 15, "beds": 10},
    "identity": {"society_offices": 30, "trials": 30, "publications": 20, "teaching": 20},
    "engagement": {"visits": 45, "meetings": 25, "videos": 15, "articles": 15},
}
FLOORS = {"potential": [70, 45, 20], "identity": [60, 30], "engagement": [60, 30]}
UNKNOWN_AS = {"potential": 2, "identity": 2, "engagement": 2}
ROWS, PANDAS_GOAL, ROOF_GOAL = 1_000_000, 40, 0.5
SIZES = ((10_000, 301), (100_000, 101), (1_000_000, 31), (10_000_000, 5))


def shares_of(frame):
    def linear(name, high):
        return frame[name].clip(0, high) / high

    def log(name, high):
        return np.log1p(frame[name].clip(0, high)) / np.log1p(high)

    articles = np.interp(frame["articles"], [0, 5, 25], [0, 0.5, 1])
    return {
        "patients_per_week": linear("patients_per_week", 100),
        "hospital_level": frame["hospital_level"].map(HOSPITALS).astype(float),
        "title": frame["title"].map(TITLES).astype(float),
        "beds": log("beds", 500),
        "society_offices": linear("society_offices", 3),
        "trials": linear("trials", 5),
        "publications": log("publications", 50),
        "teaching": linear("teaching", 12),
        "visits": linear("visits", 24),
        "meetings": linear("meetings", 10),
        "videos": linear("videos", 30),
        "articles": pd.Series(articles, frame.index),
    }


def by_pandas(frame, tier_of, with_parts):
    shares, out, parts = pd.DataFrame(shares_of(frame)), {}, {}
    for name, weights in WEIGHTS.items():
        weight = pd.Series(weights)
        mine = shares[weight.index]
        known = mine.notna().mul(weight).sum(axis=1)
        coverage = known / weight.sum()
        weighted = mine.mul(weight)
        score = (100 * weighted.sum(axis=1) / known).where(coverage >= 0.5)
        out[name], out[f"{name}_coverage"] = score, coverage
        floors = FLOORS[name]
        level = pd.cut(score, [-np.inf, *floors[::-1], np.inf], right=False, labels=False)
        out[f"{name}_level"] = (len(floors) - level).fillna(UNKNOWN_AS[name]).astype(np.int8)
        if with_parts:
            parts |= weighted.fillna(0).mul(100 / known, axis=0).where(score.notna(), axis=0).items()
    levels = pd.MultiIndex.from_arrays([out[f"{name}_level"] for name in WEIGHTS])
    out["tier"] = tier_of.reindex(levels).to_numpy()
    return pd.DataFrame(out), parts


def tiers():
    """Tiers of the default policy by grade, identity level and engagement level."""
    rows = {}
    for grade in range(4):
        for identity in range(3):
            for engagement in range(3):
                kind = 1 + 2 * (identity > 0) + (engagement > 0)
                rows[grade, identity, engagement] = 9 if grade == 3 else kind + 4 * (grade == 2)
    return pd.Series(rows)


def read_back(folder):
    """The columns that ours read, and what came out."""
    frame = pd.DataFrame({name: np.fromfile(folder / name) for name in NUMBERS})
    for name, texts in (("hospital_level", HOSPITALS), ("title", TITLES)):
        frame[name] = pd.Categorical.from_codes(np.fromfile(folder / name, np.int32), list(texts))
    return frame


def check(folder, found, parts):
    for name in WEIGHTS:
        if not np.allclose(found[name], np.fromfile(folder / f"out_{name}"), rtol=0, atol=1e-6, equal_nan=True):
            raise SystemExit(f"score: ours and pandas do not give the same {name} scores")
    # a score that is rounded onto a floor, or off it, may be the other's neighbour
    if (found["tier"] != np.fromfile(folder / "out_tier", np.uint16)).sum() > len(found) / 1e5:
        raise SystemExit("score: ours and pandas do not give the same tiers")
    for name, weights in WEIGHTS.items():
        mine = {column: np.fromfile(folder / f"part_{column}") for column in weights}
        for column, values in mine.items():
            if not np.allclose(values, parts[column], rtol=0, atol=1e-5, equal_nan=True):
                raise SystemExit(f"score: ours and pandas do not give the same contributions of {column}")
        if not np.array_equal(sum(mine.values()), np.fromfile(folder / f"out_{name}"), equal_nan=True):
            raise SystemExit(f"score: contributions to {name} do not add up exactly")


def compare(programs):
    tier_of = tiers()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        program(programs / "bench_score", ROWS, 1, folder)
        frame = read_back(folder)
        check(folder, *by_pandas(frame, tier_of, True))
    theirs = medians(
        {"parts": lambda: by_pandas(frame, tier_of, True), "plain": lambda: by_pandas(frame, tier_of, False)}, 5
    )
    sizes = SIZES
    if more := os.environ.get("TIERWISE_BENCH_ROWS"):
        sizes += ((int(more), 3),)
    per_row = None
    for size, rounds in sizes:
        ours = program(programs / "bench_score", size, rounds)
        per_row = per_row or ours["parts_ms"] / size
        if size == ROWS:
            yield record("score", size, "pandas", ours["parts_ms"], theirs["parts"], PANDAS_GOAL)
            yield record("score", size, "no parts", ours["score_ms"], theirs["plain"], PANDAS_GOAL)
        if size >= ROWS:
            moved = ours["input_bytes"] + ours["output_bytes"] + ours["parts_bytes"]
            yield record(
                "score", size, "roof", ours["parts_ms"], ours["read_ms"] * moved / ours["input_bytes"], ROOF_GOAL
            )
            yield record("score", size, "memory", ours["extra_bytes"], ours["input_bytes"] / 100, 1)
        yield record("score", size, "linear", ours["parts_ms"], per_row * size, 0.5)
