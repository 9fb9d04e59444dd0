"""Two hundred rules with 329 distinct comparisons of 16 float32 columns, for the kernels on tags."""

import random

import numpy as np
from tierwise.tag import Schema, TagRegistry

COLUMNS, COMPARISONS, RULES = 16, 329, 200
SCHEMA = Schema({f"x{i}": "number" for i in range(COLUMNS)})


def drawn(rules=RULES, comparisons=COMPARISONS):
    """Each rule as [(joined by, negated, comparison)], and the comparisons as (column, "<=" or ">", bound)."""
    roll = random.Random(1)
    seen = dict.fromkeys(
        (f"x{roll.randrange(COLUMNS)}", roll.choice(("<=", ">")), roll.randrange(1, 400) / 4)
        for _ in range(20 * comparisons)
    )
    pool = list(seen)[:comparisons]
    left = list(range(len(pool)))
    roll.shuffle(left)
    out = []
    for _ in range(rules):
        parts = []
        for i in range(roll.choice((1, 2, 3, 4, 5))):
            at = left.pop() if left else roll.randrange(len(pool))  # each at least once
            parts.append((roll.choice(("and", "or")) if i else "", roll.random() < 0.2, at))
        out.append(parts)
    assert not left and len(pool) == comparisons
    return out, pool


def texts(rules, pool):
    """As tierwise reads them. Parts join from the left, as the peers do it."""
    out = {}
    for number, parts in enumerate(rules):
        text = ""
        for joint, negated, at in parts:
            column, how, bound = pool[at]
            one = f"{'not ' if negated else ''}{column} {how} {bound}"
            text = f"({text}) {joint} {one}" if joint else one
        out[f"tag_{number}"] = text
    return out


def data(rows):
    """A tenth of the numbers is missing, as it is in life."""
    numbers = np.random.default_rng(1)
    columns = {}
    for i in range(COLUMNS):
        values = numbers.random(rows, dtype=np.float32) * 100
        values[numbers.random(rows, dtype=np.float32) < 0.1] = np.nan
        columns[f"x{i}"] = values
    return columns


def registry(rules=RULES, comparisons=COMPARISONS):
    return TagRegistry(texts(*drawn(rules, comparisons)), SCHEMA)
