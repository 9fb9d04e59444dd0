"""A million random well-typed rules × rows: the library against an interpreter written here, in NumPy, from docs/reference/rules.md.

The interpreter walks the tree that the text was written from; it knows nothing of the library. A value is an array and a mask of where it is
known; a verdict the same with truths.
"""

import random

import numpy as np
import pytest
from tierwise.tag import Rule, Schema, TagRegistry

ROWS = 1000
COLUMNS = {
    **dict.fromkeys(("beds", "patients", "volume"), "number"),
    **dict.fromkeys(("city", "town"), "text"),
    **dict.fromkeys(("member", "retired"), "boolean"),
    **dict.fromkeys(("joined", "left"), "date"),
    **dict.fromkeys(("tenure", "leave"), "duration"),
}
COUNTED = ("contacts_30d", "contacts_90d", "contacts_visit_30d", "contacts_visit_90d", "contacts_ours_90d")
SINCE = ("days_since_contact", "days_since_visit", "days_since_ours")
OTHER = ("sum_usd_30d", "trend_90d", "engagement_trend_90d", "contact_coverage")
SCHEMA = Schema(COLUMNS, channels=["visit"], measures=["usd"], topics=["ours"])
TEXTS = ("", "A", "a", "北京", " b ", "北京市", "Onco logy\t", 'quote"d', "back\\slash", "🙂a")
EPOCH = np.datetime64("1970-01-01")


def table(roll):
    """(values, known) of each column."""
    known = {name: roll.random(ROWS) > 0.15 for name in (*COLUMNS, *COUNTED, *SINCE, *OTHER)}
    values = {}
    for name, kind in COLUMNS.items():
        if kind == "text":
            values[name] = np.array(TEXTS, dtype=object)[roll.integers(0, len(TEXTS), ROWS)]
        elif kind == "boolean":
            values[name] = roll.random(ROWS) < 0.5
        elif kind == "date":
            values[name] = 16_000.0 + roll.integers(0, 5, ROWS)
        else:
            values[name] = roll.choice([-2.5, -1, 0, 0.25, 1, 2, 3, 30, 1e6, 1e300], ROWS)
    for name in COUNTED:
        values[name] = roll.integers(0, 4, ROWS).astype(float)
    for name in SINCE:
        values[name] = roll.integers(0, 40, ROWS).astype(float)
    for name in OTHER:
        values[name] = roll.choice([-1.5, 0, 0.5, 1, 2], ROWS)
    return {name: (values[name], known[name]) for name in known}


def given(cells):
    """The same as the library takes it."""
    frame = {}
    for name, (values, known) in cells.items():
        kind = COLUMNS.get(name, "number")
        if kind in ("text", "boolean"):
            column = np.empty(ROWS, dtype=object)
            column[:] = [value if there else None for value, there in zip(values.tolist(), known, strict=True)]
        elif kind == "date":
            column = EPOCH + values.astype("timedelta64[D]")
            column[~known] = np.datetime64("NaT")
        else:
            column = np.where(known, values, np.nan)
        frame[name] = column
    return frame


# ---- trees: (text, how tightly it binds, function of the cells) -------------------------------------------------------------


class Writer:
    def __init__(self, seed):
        self.dice = random.Random(seed)

    def pick(self, *items):
        return self.dice.choice(items)

    @staticmethod
    def around(part, binding):
        text, own, _ = part
        return text if own >= binding else f"({text})"

    def literal(self, kind):
        if kind == "text":
            value = self.pick(*TEXTS)
            spelled = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        elif kind == "boolean":
            value = self.pick(True, False)
            spelled = str(value).lower()
        elif kind == "date":
            value = 16_000.0 + self.dice.randrange(5)
            spelled = f'date("{EPOCH + np.timedelta64(int(value), "D")}")'
        elif kind == "duration":
            value = float(self.dice.randrange(-5, 40))
            spelled = f"{int(value)}d"
        else:
            value = self.pick(-3.0, -0.5, 0.0, 0.25, 1.0, 2.0, 3.0, 12.0, 1000000.0)
            spelled = f"{value:.2f}" if value % 1 else f"{int(value)}"
        return (
            spelled,
            8,
            lambda cells: (np.full(ROWS, value, dtype=object if kind == "text" else None), np.ones(ROWS, bool)),
        )

    def column(self, kind):
        name = self.pick(*(name for name, of in COLUMNS.items() if of == kind))
        return name, 8, lambda cells: cells[name]

    def function(self, kind):
        """A function of contacts, and whether it can be null."""
        window = self.pick("30d", "90d")
        if kind == "duration":
            text, name = self.pick(
                ("last()", SINCE[0]), ('last("visit")', SINCE[1]), ('last(topic == "ours")', SINCE[2])
            )
            return text, 8, lambda cells: cells[name]
        text, name, whole = self.pick(
            (f"count({window})", f"contacts_{window}", None),
            (f'count(channel == "visit", {window})', f"contacts_visit_{window}", None),
            ('count(topic == "ours", 90d)', "contacts_ours_90d", None),
            ('sum("usd", 30d)', "sum_usd_30d", None),
            ("trend(90d)", "trend_90d", None),
            ("trend(engagement, 90d)", "engagement_trend_90d", None),
            (f'share("visit", {window})', f"contacts_visit_{window}", f"contacts_{window}"),
            ('share(topic == "ours", 90d)', "contacts_ours_90d", "contacts_90d"),
        )
        if whole is None:
            return text, 8, lambda cells: cells[name]

        def share(cells):
            (part, first), (all_of, second) = cells[name], cells[whole]
            known = first & second & (all_of > 0)
            return np.where(known, part / np.where(known, all_of, 1), 0), known

        return text, 8, share

    def value(self, kind, depth):
        if kind == "boolean":
            return self.condition(depth - 1) if depth > 0 else self.column("boolean")
        if kind == "text":
            return self.text(depth)
        roll = self.dice.random()
        if depth > 0 and roll < 0.35:
            return self.calculation(kind, depth)
        if roll < 0.55:
            return self.literal(kind)
        return self.function(kind) if kind != "date" and roll < 0.75 else self.column(kind)

    def text(self, depth):
        if depth <= 0 or self.dice.random() < 0.5:
            return self.column("text")
        inner = self.text(depth - 1)
        name = self.pick("lower", "trim")

        def change(cells):
            values, known = inner[2](cells)
            return np.array([changed(name, value) for value in values], dtype=object), known

        return f"{name}({inner[0]})", 8, change

    def calculation(self, kind, depth):
        ways = {
            "number": [
                ("+", "number", "number"),
                ("-", "number", "number"),
                ("*", "number", "number"),
                ("/", "number", "number"),
                ("/", "duration", "duration"),
                ("length", "text", None),
                ("-x", "number", None),
                ("abs", "number", None),
                ("min", "number", "number"),
                ("max", "number", "number"),
            ],
            "duration": [
                ("+", "duration", "duration"),
                ("-", "duration", "duration"),
                ("-", "date", "date"),
                ("*", "duration", "number"),
                ("/", "duration", "number"),
                ("*", "number", "duration"),
                ("-x", "duration", None),
                ("abs", "duration", None),
                ("max", "duration", "duration"),
            ],
            "date": [("+", "date", "duration"), ("-", "date", "duration"), ("min", "date", "date")],
        }
        sign, first, second = self.pick(*ways[kind])
        left = self.value(first, depth - 1)
        right = self.value(second, depth - 1) if second else None
        if sign == "length":
            text, binding = f"length({left[0]})", 8
        elif sign == "-x":
            text, binding = f"-{self.around(left, 7)}", 7
        elif right is None:
            text, binding = f"{sign}({left[0]})", 8
        elif sign in ("min", "max"):
            text, binding = f"{sign}({left[0]}, {right[0]})", 8
        else:
            binding = 5 if sign in "+-" else 6
            blank = self.pick("", " ")
            text = f"{self.around(left, binding)}{blank}{sign}{blank}{self.around(right, binding + 1)}"

        def calculate(cells):
            a, known = left[2](cells)
            if sign == "length":
                return np.array([float(len(value)) for value in a]), known
            if right is not None:
                b, also = right[2](cells)
                known = known & also
            with np.errstate(all="ignore"):
                if sign == "-x":
                    out = -a.astype(float)
                elif sign == "abs":
                    out = np.abs(a.astype(float))
                else:
                    functions = {
                        "+": np.add,
                        "-": np.subtract,
                        "*": np.multiply,
                        "/": np.divide,
                        "min": np.minimum,
                        "max": np.maximum,
                    }
                    out = functions[sign](a.astype(float), b.astype(float))
            known = known & np.isfinite(out)
            return np.where(known, out, 0), known

        return text, binding, calculate

    def condition(self, depth):
        """A verdict."""
        roll = self.dice.random()
        if depth <= 0:
            return self.column("boolean") if roll < 0.5 else self.comparison(0)
        if roll < 0.2:
            inner = self.condition(depth - 1)
            return f"not {self.around(inner, 3)}", 3, lambda cells: negated(*inner[2](cells))
        if roll < 0.45:
            parts = [self.condition(depth - 1) for _ in range(self.pick(2, 3))]
            word, own = self.pick(("and", 2), ("or", 1))
            text = f" {word} ".join(self.around(part, own + 1) for part in parts)

            def join(cells):
                all_of = [part[2](cells) for part in parts]
                yes, no = [truth & known for truth, known in all_of], [~truth & known for truth, known in all_of]
                if word == "or":
                    yes, no = no, yes
                strict, easy = np.logical_and.reduce(yes), np.logical_or.reduce(no)
                return (strict if word == "and" else easy), strict | easy

            return text, own, join
        if roll < 0.52:
            inner = self.value(self.pick("number", "text", "boolean", "date", "duration"), depth - 1)
            return f"known({inner[0]})", 8, lambda cells: (inner[2](cells)[1], np.ones(ROWS, bool))
        if roll < 0.6:
            asked = self.function("duration")
            sign = self.pick("==", "!=")

            def null(cells):
                _, there = asked[2](cells)
                coverage, known = cells["contact_coverage"]
                sure = there | (known & (coverage >= 1))
                return (there if sign == "!=" else ~there), sure

            return f"{asked[0]} {sign} null", 4, null
        if roll < 0.7:
            inner, look = self.text(2), self.pick(*TEXTS[1:])
            name, holds = self.pick(
                ("contains", str.__contains__), ("starts_with", str.startswith), ("ends_with", str.endswith)
            )
            spelled = look.replace("\\", "\\\\").replace('"', '\\"')

            def ask(cells):
                values, known = inner[2](cells)
                return np.array([holds(value, look) for value in values]), known

            return f'{name}({inner[0]}, "{spelled}")', 8, ask
        return self.comparison(depth)

    def comparison(self, depth):
        kind = self.pick("number", "text", "boolean", "date", "duration")
        left = self.value(kind, depth)
        if self.dice.random() < 0.25:
            items = [self.literal(kind) for _ in range(self.pick(1, 3, 20))]

            def member(cells):
                value, known = left[2](cells)
                return np.logical_or.reduce([value == item[2](cells)[0] for item in items]), known

            return f"{self.around(left, 5)} in {{{', '.join(item[0] for item in items)}}}", 4, member
        right = self.value(kind, depth - 1)
        sign = self.pick("==", "!=") if kind in ("text", "boolean") else self.pick("==", "!=", "<", "<=", ">", ">=")

        def compare(cells):
            (a, first), (b, second) = left[2](cells), right[2](cells)
            if kind in ("text", "boolean"):
                same = np.array(a == b, dtype=bool)
                return (same if sign == "==" else ~same), first & second
            functions = {
                "==": np.equal,
                "!=": np.not_equal,
                "<": np.less,
                "<=": np.less_equal,
                ">": np.greater,
                ">=": np.greater_equal,
            }
            return functions[sign](a.astype(float), b.astype(float)), first & second

        return f"{self.around(left, 5)} {sign} {self.around(right, 5)}", 4, compare


def negated(truth, known):
    return ~truth, known


def changed(name, value):
    if name == "trim":
        return value.strip(" \t\n\r")
    return "".join(chr(ord(sign) + 32) if "A" <= sign <= "Z" else sign for sign in value)


@pytest.mark.parametrize("seed", range(4))
def test_a_million_rules_times_rows(seed):
    cells = table(np.random.default_rng(seed))
    writer = Writer(seed)
    trees = [writer.condition(3) for _ in range(300)]
    rules = {f"t{number}": tree[0] for number, tree in enumerate(trees)}
    tags = TagRegistry(rules, SCHEMA).evaluate(given(cells))
    verdicts = 0
    for number, (text, _, interpret) in enumerate(trees):
        truth, known = interpret(cells)
        name = f"t{number}"
        assert np.array_equal(tags.known(name), known), text
        assert np.array_equal(tags[name], truth & known), text
        assert 1 <= Rule(text, SCHEMA).cost <= len(text)
        verdicts += len({*zip(truth.tolist(), known.tolist(), strict=True)}) > 1
    assert len(set(rules.values())) * ROWS * 4 >= 1_000_000
    assert verdicts > 150, "most rules should not be the same for everybody"
