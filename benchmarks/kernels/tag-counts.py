"""How many of a million doctors have both tags, for 100 pairs of 200 tags. Peer `numpy` counts `a & b` of arrays of booleans."""

import random

import numpy as np
from tag_rules import data, registry
from turns import medians, record

ROWS = 1_000_000


def compare(programs):
    tags = registry().evaluate(data(ROWS))
    names = list(tags.counts())
    roll = random.Random(2)
    pairs = [tuple(roll.sample(names, 2)) for _ in range(100)]
    arrays = {name: tags[name] for name in {name for pair in pairs for name in pair}}

    def by_numpy():
        return [np.count_nonzero(arrays[a] & arrays[b]) for a, b in pairs]

    if tags.pair_counts(pairs).tolist() != by_numpy():
        raise SystemExit("tag-counts: ours and numpy do not count the same")
    found = medians({"ours": lambda: tags.pair_counts(pairs), "numpy": by_numpy}, 31)
    yield record("tag-counts", ROWS, "numpy", found["ours"], found["numpy"], 14)
