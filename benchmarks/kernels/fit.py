"""Fitting three scores: deciles by heads of each and by volume of the first, exactly, through the installed Python package.

Peer `pandas` is qcut of the three scores alone, without the volume deciles that ours includes; it also says of each row in
which decile it is, which is how a user gets deciles there. Peer `numpy` gives the same numbers as ours: quantile, and for the
volumes a sort and a running sum. Peer `memory` is 1 % of the input beside what ours holds beyond it (bytes, not times), and
peer `linear` is the time per row at 10 thousand rows beside that at this size. TIERWISE_BENCH_ROWS=30000000 adds a size.
"""

import os

import numpy as np
import pandas as pd
from tierwise.summary import floors_by_volume, quantiles
from turns import medians, program, record

TENTHS = np.arange(1, 10) / 10
GOALS = {"pandas": 5, "numpy": 2}
SIZES = ((10_000, 101), (100_000, 31), (1_000_000, 9), (10_000_000, 3))


def by_pandas(frame):
    return [pd.qcut(frame[name], 10, labels=False, retbins=True)[1] for name in frame]


def by_numpy(scores):
    falling = np.sort(scores[0])[::-1]
    share = (np.cumsum(falling) - falling) / falling.sum()
    last = np.searchsorted(share, TENTHS, side="left") - 1  # the last before each share; there are no ties here
    return [np.quantile(score, TENTHS) for score in scores], np.append(falling[last], falling[-1])


def ours(scores):
    return [quantiles(score, TENTHS) for score in scores], floors_by_volume(scores[0], TENTHS)


def contestants(size):
    random = np.random.default_rng(1)
    scores = [np.exp(random.normal(3, 1.2, size)), random.random(size) * 100, random.beta(2, 5, size) * 100]
    frame = pd.DataFrame(dict(zip("pie", scores, strict=True)))
    calls = {"ours": lambda: ours(scores), "pandas": lambda: by_pandas(frame), "numpy": lambda: by_numpy(scores)}
    (mine, floors), (theirs, their_floors), bins = (call() for call in calls.values())
    same = all(
        np.allclose(a, b, rtol=1e-14) and np.allclose(a, edges[1:-1], rtol=1e-14)
        for a, b, edges in zip(mine, theirs, bins, strict=True)
    ) and np.allclose(floors, their_floors, rtol=1e-3)  # a running sum may round across a boundary
    if not same:
        raise SystemExit("fit: ours and its peers do not give the same deciles")
    return calls


def compare(programs):
    sizes = SIZES
    if more := os.environ.get("TIERWISE_BENCH_ROWS"):
        sizes += ((int(more), 3),)
    per_row = None
    for size, rounds in sizes:
        found = medians(contestants(size), rounds)
        for peer, goal in GOALS.items():
            yield record("fit", size, peer, found["ours"], found[peer], goal)
        per_row = per_row or found["ours"] / size
        yield record("fit", size, "linear", found["ours"], per_row * size, 0.8)
    memory = program(programs / "bench_summary", "fit", 10_000_000, 1)
    yield record("fit", memory["rows"], "memory", memory["extra_bytes"], memory["input_bytes"] / 100, 1)
