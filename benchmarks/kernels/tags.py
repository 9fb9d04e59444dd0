"""200 rules over a million doctors, through the installed Python package. A tenth of the numbers is missing, so answers are yes, no and unknown;
all give the same ones for each rule and doctor.

Peer `pandas` writes each rule as a user would, over columns that know missing values: comparisons, `&`, `|`, `~`. Peer `numpy` is tuned by
hand: blocks that stay in cache, each distinct comparison once, yes and no as two arrays, everything into memory that is there already.
"""

import numpy as np
import pandas as pd
from tag_rules import data, drawn, registry
from turns import medians, record

GOALS = {"pandas": 20, "numpy": 8}
ROWS, BLOCK = 1_000_000, 1 << 15


def by_pandas(frame, rules, pool):
    out = []
    for parts in rules:
        truth = None
        for joint, negated, at in parts:
            column, how, bound = pool[at]
            one = frame[column] <= bound if how == "<=" else frame[column] > bound
            one = ~one if negated else one
            truth = one if truth is None else truth & one if joint == "and" else truth | one
        out.append(truth)
    return out


def by_numpy(columns, rules, pool, yes, no, compared):
    """compared[0] and [1] hold yes and no of each comparison; `yes` and `no` those of the rules."""
    for begin in range(0, ROWS, BLOCK):
        rows = min(BLOCK, ROWS - begin)
        here = slice(begin, begin + rows)
        for at, (column, how, bound) in enumerate(pool):  # a missing number is neither
            above, below = compared[int(how == "<="), at, :rows], compared[int(how == ">"), at, :rows]
            np.greater(columns[column][here], np.float32(bound), out=above)
            np.less_equal(columns[column][here], np.float32(bound), out=below)
        for number, parts in enumerate(rules):
            true, false = yes[number, here], no[number, here]
            for joint, negated, at in parts:
                one, other = compared[int(negated), at, :rows], compared[int(not negated), at, :rows]
                if not joint:
                    true[:], false[:] = one, other
                else:
                    (np.logical_and if joint == "and" else np.logical_or)(true, one, out=true)
                    (np.logical_or if joint == "and" else np.logical_and)(false, other, out=false)


def compare(programs):
    rules, pool = drawn()
    columns = data(ROWS)
    frame = pd.DataFrame(columns).convert_dtypes()
    tags = registry()
    held = tags.evaluate(columns)
    yes, no = np.empty((2, len(rules), ROWS), bool)
    compared = np.empty((2, len(pool), BLOCK), bool)
    calls = {
        "ours": lambda: tags.evaluate(columns, into=held),
        "pandas": lambda: by_pandas(frame, rules, pool),
        "numpy": lambda: by_numpy(columns, rules, pool, yes, no, compared),
    }
    theirs = calls["pandas"]()
    calls["numpy"]()
    for number, series in enumerate(theirs):
        mine, known = held[f"tag_{number}"], held.known(f"tag_{number}")
        same = np.array_equal(mine, yes[number]) and np.array_equal(known & ~mine, no[number])
        if not same or not np.array_equal(mine, series.fillna(False)) or not np.array_equal(known, series.notna()):
            raise SystemExit("tags: ours and the peers do not give the same answers")
    del theirs
    found = medians(calls, 9)
    for peer, goal in GOALS.items():
        yield record("tags", ROWS, peer, found["ours"], found[peer], goal)
