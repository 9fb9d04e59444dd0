"""Fitting three scores: deciles by heads of each and by volume of the first, exactly, through the installed Python package.

All give the same numbers. Peer `pandas` is qcut, which also says of each row in which decile it is, and for the volumes
sort_values and cumsum. Peer `qcut` is the first of these against our deciles by heads alone. Peer `numpy` is quantile, and for the
volumes a sort and a running sum. Peer `memory` is 1 % of the input beside what ours holds beyond it (bytes, not times), and
peer `linear` is the time per row at 10 thousand rows beside that at this size. TIERWISE_BENCH_ROWS=30000000 adds a size.
"""

import os

import numpy as np
import pandas as pd
from tierwise.summary import floors_by_volume, quantiles
from turns import medians, program, record

TENTHS = np.arange(1, 10) / 10
GOALS = {"pandas": 5, "qcut": 5, "numpy": 2}
SIZES = ((10_000, 101), (100_000, 31), (1_000_000, 9), (10_000_000, 3))


def by_qcut(frame):
    return [pd.qcut(frame[name], 10, labels=False, retbins=True)[1][1:-1] for name in frame]


def by_pandas(frame):
    falling = frame["p"].sort_values(ascending=False)
    share = (falling.cumsum() - falling) / falling.sum()
    return by_qcut(frame), falling.groupby((share * 10).astype(int)).min().to_numpy()


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
    mine, floors = calls["ours"]()
    for peer in ("pandas", "numpy"):
        theirs, their_floors = calls[peer]()
        # a running sum may round across a boundary
        if not np.allclose(mine, theirs, rtol=1e-14) or not np.allclose(floors, their_floors, rtol=1e-3):
            raise SystemExit(f"fit: ours and {peer} do not give the same deciles")
    calls["heads"] = lambda: [quantiles(score, TENTHS) for score in scores]
    calls["qcut"] = lambda: by_qcut(frame)
    return calls


def compare(programs):
    sizes = SIZES
    if more := os.environ.get("TIERWISE_BENCH_ROWS"):
        sizes += ((int(more), 3),)
    per_row = None
    for size, rounds in sizes:
        found = medians(contestants(size), rounds)
        for peer, goal in GOALS.items():
            yield record("fit", size, peer, found["heads" if peer == "qcut" else "ours"], found[peer], goal)
        per_row = per_row or found["ours"] / size
        yield record("fit", size, "linear", found["ours"], per_row * size, 0.8)
    memory = program(programs / "bench_summary", "fit", 10_000_000, 1)
    yield record("fit", memory["rows"], "memory", memory["extra_bytes"], memory["input_bytes"] / 100, 1)
