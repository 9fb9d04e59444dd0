"""Merging 64 partial summaries of a million rows each, through the installed Python package, and a quantile of the whole.

Peer `limit` is five milliseconds. Peer `numpy` has the raw parts: it puts them together and takes the deciles. Peer `kll` is the
KLL sketch of Apache DataSketches (error of rank 1.7 % at its default k = 200, where ours is 0.2 % of the value), which gives
different answers for different runs; it is left out where the package is not installed.
"""

import numpy as np
from tierwise import Summary
from turns import medians, record

try:
    from datasketches import kll_doubles_sketch
except ImportError:
    kll_doubles_sketch = None

PARTS, ROWS, LIMIT_MS = 64, 1_000_000, 5
TENTHS = np.arange(1, 10) / 10


def by_kll(sketches):
    out = kll_doubles_sketch(200)
    for sketch in sketches:
        out.merge(sketch)
    return out.get_quantiles(TENTHS)


def compare(programs):
    random = np.random.default_rng(1)
    raw = [np.exp(random.normal(3, 1.2, ROWS)) for _ in range(PARTS)]
    parts = [Summary(part) for part in raw]
    calls = {
        "ours": lambda: Summary().merge(*parts).quantile(TENTHS),
        "merge": lambda: Summary().merge(*parts),
    }
    if kll_doubles_sketch is not None:
        sketches = [kll_doubles_sketch(200) for _ in raw]
        for sketch, part in zip(sketches, raw, strict=True):
            sketch.update(part)
        calls["kll"] = lambda: by_kll(sketches)
    found = medians(calls, 31)
    found |= medians({"numpy": lambda: np.quantile(np.concatenate(raw), TENTHS)}, 1, warm_up=0)
    if np.abs(calls["ours"]() / np.quantile(np.concatenate(raw), TENTHS) - 1).max() > Summary.relative_error:
        raise SystemExit("merge: a quantile is farther off than stated")
    yield record("merge", PARTS * ROWS, "limit", found["merge"], LIMIT_MS, 1)
    yield record("merge", PARTS * ROWS, "numpy", found["ours"], found["numpy"], 20)
    if "kll" in found:
        yield record("merge", PARTS * ROWS, "kll", found["ours"], found["kll"], 0.1)
