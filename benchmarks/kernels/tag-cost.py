"""The worst rules that are accepted, by step of their reported cost. Peer is the plainest rule there is, by step of its own: where a step takes
more than twice as long, the cost has promised too much.
"""

import numpy as np
from tierwise.tag import Rule, Schema
from turns import medians, record

ROWS, LONGEST = 100_000, 10_000
SCHEMA = Schema({"x": "number", "y": "number", "city": "text", "since": "date"}, channels=["visit"], tags=["t"])


def worst():
    """Rules that fill what a rule may be long, each with what takes most of one kind of step."""
    texts = [f'"city {i}"' for i in range(800)]
    return {
        "comparisons": many(" or ", lambda i: f"x<{i}"),
        "columns with columns": many(" or ", lambda i: "x<y"),
        "depth": "not (" * 31 + "x > 1" + ")" * 31,
        "a set of numbers": f"x in {{{chained(str, ', ')}}}",
        "a set of texts": f"city in {{{', '.join(texts)}}}",
        "sums": f"{many('+', lambda i: 'x')}>1",
        "quotients": f"{many('/', lambda i: 'y')}>1",
        "largest of two": "max(x, " * 60 + "y" + ")" * 60 + " > 1",
        "texts within texts": many(" or ", lambda i: f'contains(lower(city), "{i}")'),
        "dates": many(" or ", lambda i: 'since<date("2020-01-01")'),
        "tags": many(" or ", lambda i: 'has_tag("t")'),
        "what is known": many(" or ", lambda i: "known(x)"),
    }


def chained(one, joint):
    """As many as fit."""
    out, size = [], 0
    for i in range(LONGEST):
        out.append(one(i))
        size += len(out[-1]) + len(joint)
        if size > LONGEST - 100:
            return joint.join(out[:-1])
    raise AssertionError


def many(joint, one):
    # In canonical spelling, which must fit as well, operators stand between blanks.
    spaced = f" {joint.strip()} "
    return chained(lambda i: one(i).replace("<", " < "), spaced)


def compare(programs):
    numbers = np.random.default_rng(1)
    table = {
        "x": numbers.random(ROWS) * 100,
        "y": numbers.random(ROWS) * 100,
        "city": np.array([f"city {i}" for i in range(500)], dtype=object)[numbers.integers(0, 500, ROWS)],
        "since": np.datetime64("2015-01-01") + numbers.integers(0, 3000, ROWS).astype("timedelta64[D]"),
    }
    tags = {"t": (numbers.random(ROWS) < 0.5, np.ones(ROWS, bool))}
    rules = {name: Rule(text, SCHEMA) for name, text in worst().items()}
    plain = Rule("x > 1", SCHEMA)
    calls = {name: lambda rule=rule: rule.evaluate(table, tags) for name, rule in rules.items()}
    # Reading the table is not a step of a rule.
    nothing = Rule("true", SCHEMA)
    found = medians(
        {**calls, "plain": lambda: plain.evaluate(table, tags), "nothing": lambda: nothing.evaluate(table, tags)}, 7
    )
    steps = {name: max(found[name] - found["nothing"], 0) / rule.cost for name, rule in rules.items()}
    slowest = max(steps, key=steps.__getitem__)
    peer = (found["plain"] - found["nothing"]) / plain.cost
    yield record("tag-cost", ROWS, f"comparison (worst: {slowest})", steps[slowest], peer, 0.5)
