"""200 rules over a million doctors, through the installed Python package. All give the same truth for each rule and row.

Peer `pandas` writes each rule as a user would: comparisons of columns, `&`, `|`, `~`. Peer `numpy` is tuned by hand: blocks that stay in cache,
each distinct comparison once, everything into memory that is there already. Ours also says for whom each answer is known.
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


def by_numpy(columns, rules, pool, out, compared, scratch):
    for begin in range(0, ROWS, BLOCK):
        rows = min(BLOCK, ROWS - begin)
        for at, (column, how, bound) in enumerate(pool):
            (np.less_equal if how == "<=" else np.greater)(
                columns[column][begin : begin + rows], np.float32(bound), out=compared[at, :rows]
            )
        for number, parts in enumerate(rules):
            truth = out[number, begin : begin + rows]
            for joint, negated, at in parts:
                one = compared[at, :rows]
                if negated:
                    one = np.logical_not(one, out=scratch[:rows])
                if not joint:
                    truth[:] = one
                else:
                    (np.logical_and if joint == "and" else np.logical_or)(truth, one, out=truth)
    return out


def compare(programs):
    rules, pool = drawn()
    columns = data(ROWS)
    frame = pd.DataFrame(columns)
    tags = registry()
    held = tags.evaluate(columns)
    out, compared = np.empty((len(rules), ROWS), bool), np.empty((len(pool), BLOCK), bool)
    scratch = np.empty(BLOCK, bool)
    calls = {
        "ours": lambda: tags.evaluate(columns, into=held),
        "pandas": lambda: by_pandas(frame, rules, pool),
        "numpy": lambda: by_numpy(columns, rules, pool, out, compared, scratch),
    }
    theirs, tuned = by_pandas(frame, rules, pool), calls["numpy"]()
    for number in range(len(rules)):
        mine = held[f"tag_{number}"]
        if not (np.array_equal(mine, theirs[number]) and np.array_equal(mine, tuned[number])):
            raise SystemExit("tags: ours and the peers do not give the same truths")
    del theirs
    found = medians(calls, 9)
    for peer, goal in GOALS.items():
        yield record("tags", ROWS, peer, found["ours"], found[peer], goal)
