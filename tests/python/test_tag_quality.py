"""Quality and privacy: against scikit-learn, written formulas, linear programmes, and real contacts."""

import numpy as np
import pytest
import tierwise
from tables import ROOT, real_file
from tierwise.tag import Schema, TagRegistry

SCHEMA = Schema(dict.fromkeys("abcd", "number"))
RULES = {
    "a_1": "a > 1",
    "a_2": "a > 2",
    "b_1": 'b > 1 and has_tag("a_1")',
    "c_1": "c > 1",
    "d_0": "d >= 1",
    "either": 'has_tag("a_2") or c > 2',
}


def base(rows=3000, seed=4):
    roll = np.random.default_rng(seed)
    frame = {name: np.where(roll.random(rows) < 0.12, np.nan, roll.integers(0, 5, rows)) for name in "abcd"}
    frame["outcome"] = roll.random(rows) < 0.1 + 0.1 * np.nan_to_num(frame["a"])
    return frame, TagRegistry(RULES, SCHEMA).evaluate(frame)


def states(tags, name):
    return np.where(tags[name], 0, np.where(tags.known(name), 1, 2))


def test_information_is_that_of_scikit_learn_and_of_the_formula():
    metrics = pytest.importorskip("sklearn.metrics")
    frame, tags = base()
    found = tags.quality("outcome")
    event = frame["outcome"]
    for row, name in enumerate(RULES):
        state = states(tags, name)
        assert abs(found.frame["mutual_information"][row] - metrics.mutual_info_score(state, event)) < 1e-9
        g, h = np.bincount(state[event], minlength=3), np.bincount(state[~event], minlength=3)
        there = g + h > 0
        g, h = g[there] / g.sum(), h[there] / h.sum()
        assert (g > 0).all() and (h > 0).all()
        assert abs(found.frame["information_value"][row] - ((g - h) * np.log(g / h)).sum()) < 1e-9
        assert found.frame["yes"][row] == (state == 0).sum()
        assert abs(found.frame["completeness"][row] - (state < 2).mean()) < 1e-12
    assert found.frame["stands_out"][0]
    assert not found.frame["stands_out"][4]
    pairs = found.pairs(100)
    assert len(pairs["tag"]) == len(RULES) * (len(RULES) - 1) // 2
    for one, other, mutual, normalised, phi in zip(*pairs.values(), strict=True):
        a, b = states(tags, one), states(tags, other)
        assert abs(mutual - metrics.mutual_info_score(a, b)) < 1e-9
        assert abs(normalised - metrics.normalized_mutual_info_score(a, b)) < 1e-9
        both = (a < 2) & (b < 2)
        assert abs(phi - metrics.matthews_corrcoef(a[both], b[both])) < 1e-9
    assert (np.diff(pairs["normalised"]) <= 0).all()


def test_likelihood_ratio_test_is_that_of_scipy():
    stats = pytest.importorskip("scipy.stats")
    frame, tags = base(400, 7)
    found = tags.quality(frame["outcome"])
    for row, name in enumerate(RULES):
        state = states(tags, name)
        counts = np.array([np.bincount(state[frame["outcome"] == truth], minlength=3) for truth in (True, False)])
        counts = counts[:, counts.sum(0) > 0]
        expected = stats.chi2_contingency(counts, correction=False, lambda_="log-likelihood").pvalue
        assert abs(found.frame["p_value"][row] - expected) < 1e-9


def test_rare_tags_are_tested_exactly():
    stats = pytest.importorskip("scipy.stats")
    roll = np.random.default_rng(4)
    registry = TagRegistry({"rare": "x > 0"}, tierwise.tag.Schema({"x": "number"}))
    for _ in range(60):
        n = int(roll.integers(8, 60))
        x, outcome = (roll.random(n) < 0.12).astype(float), roll.random(n) < 0.3
        if outcome.all() or not outcome.any():
            continue
        table = [[int((((x > 0) == a) & (outcome == b)).sum()) for b in (True, False)] for a in (True, False)]
        expected = np.outer(np.sum(table, 1), np.sum(table, 0)) / n
        if expected.min() >= 5:
            continue
        found = registry.evaluate({"x": x}).quality(outcome).frame["p_value"][0]
        assert abs(found - stats.fisher_exact(table).pvalue) < 1e-9


def test_sufficiency_multiplies_up_and_repairs_are_what_they_say():
    _, tags = base()
    found = tags.quality(wanted=3, used={"d_0": 2})
    whole = found.sufficiency
    assert whole.figure == whole.count * whole.completeness * whole.use
    assert whole.use == 3 / 6  # a_1 and a_2 are asked for, d_0 is used
    best = found.repairs[0]
    assert best.what == "use"
    again = tags.quality(wanted=3, used={"d_0": 2, best.tag: 1}).sufficiency
    assert abs(again.figure - best.after) < 1e-12
    assert str(best) == f"use {best.tag}: {whole.figure:.3f} to {again.figure:.3f}"


def test_drift_and_staleness():
    frame, before = base(500, 1)
    later = {**frame, "a": np.roll(frame["a"], 100)}
    lives = {name: {"rule": rule, "lives_days": 30} for name, rule in RULES.items()}
    registry = TagRegistry(lives, SCHEMA)
    old, new = registry.evaluate(frame), registry.evaluate(later)
    days = np.datetime64("2026-06-30") - np.arange(500).astype("timedelta64[D]")
    found = new.quality(before=old, evidence={"a_1": days}, as_of="2026-06-30")
    kept = (old["a_1"] & new["a_1"]).sum()
    assert found.frame["kept"][0] == kept
    assert found.frame["gained"][0] == new["a_1"].sum() - kept
    assert found.frame["stability_index"][3] == 0
    assert found.frame["stale"][0] == (np.arange(500)[new["a_1"]] >= 30).mean()
    ahead = new.quality(evidence={"a_1": days + np.timedelta64(500, "D")}, as_of="2026-06-30")
    assert ahead.frame["stale"][0] == 1  # nobody knows it yet
    assert np.isnan(found.frame["stale"][1])
    with pytest.raises(tierwise.ArgumentError, match="depends on the day"):
        new.quality(evidence={"a_1": days})
    assert before.counts() == old.counts()


def test_drift_is_of_the_same_tags_and_doctors():
    registry = TagRegistry({"high": "x > 1"}, tierwise.tag.Schema({"x": "number"}))
    here = registry.evaluate({"hcp_id": ["H1", "H2"], "x": [1.0, 2.0]})
    with pytest.raises(tierwise.ArgumentError, match="other doctors, or in another order"):
        here.quality(before=registry.evaluate({"hcp_id": ["H2", "H1"], "x": [2.0, 1.0]}))
    other = TagRegistry({"low": "x <= 1"}, tierwise.tag.Schema({"x": "number"}))
    with pytest.raises(tierwise.ArgumentError, match="by one registry"):
        here.quality(before=other.evaluate({"hcp_id": ["H1", "H2"], "x": [1.0, 2.0]}))


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_the_frame_is_of_the_kind_that_was_given(kind):
    module = pytest.importorskip(kind)
    make = module.table if kind == "pyarrow" else module.DataFrame
    frame, _ = base(50)
    frame = make(frame)
    found = TagRegistry(RULES, SCHEMA).evaluate(frame).quality("outcome")
    assert type(found.frame) is type(frame)
    assert type(found.pairs(3)) is type(frame)


def test_odd_uses_are_refused():
    _, tags = base(20)
    for used in ({"d_0": 2.5}, {"d_0": -1}, {"d_0": "a"}, {"d_0": 2**70}):
        with pytest.raises(tierwise.ArgumentError, match="d_0"):
            tags.quality(used=used)
    with pytest.raises(tierwise.ArgumentError):
        tags.quality(wanted=True)


def test_odd_outcomes_are_answered_or_refused():
    _, tags = base(20)
    for outcome, error in (
        (np.arange(20.0), tierwise.Error),
        (np.ones(19), tierwise.ArgumentError),
        (["yes"] * 20, tierwise.Error),
        ("salary", tierwise.MissingColumnError),
    ):
        with pytest.raises(error):
            tags.quality(outcome)
    for outcome in (np.zeros(20), np.ones(20), np.full(20, np.nan)):
        found = tags.quality(outcome)
        assert np.isnan(found.frame["information_value"]).all()
        assert not found.frame["stands_out"].any()
    with pytest.raises(tierwise.ArgumentError, match="at least 1"):
        tags.quality(wanted=0)


def test_on_real_contacts_companies_come_back_to_whom_they_know():
    pd = pytest.importorskip("pandas")
    hcps, contacts = (
        pd.read_csv(real_file(f"open-payments-iowa/{name}")) for name in ("hcps.csv", "interactions.csv.gz")
    )
    policy = tierwise.Policy.from_file(ROOT / "examples" / "policies" / "open-payments-iowa-tags.json")
    tags = TagRegistry.from_policy(policy).evaluate(tierwise.profile.build(policy, hcps, contacts, as_of="2014-12-31"))
    next_year = contacts[(contacts.date > "2014-12-31") & contacts.company.str.startswith("Pfizer")]
    found = tags.quality(hcps.hcp_id.isin(next_year.hcp_id).to_numpy()).frame.set_index("tag")
    assert found.information_value.idxmax() == "sees_pfizer"
    assert found.risk_ratio_low["sees_pfizer"] > 2
    assert found.stands_out["sees_pfizer"]
    risk = tierwise.privacy.check(hcps, ["specialty", "city"])
    sizes = hcps[["specialty", "city"]].fillna("").assign(n=1).groupby(["specialty", "city"]).n.transform("size")
    assert np.array_equal(risk.at_risk, sizes < 11)
    assert risk.smallest == 1
    assert "hold them back" in str(risk)


def test_what_is_hidden_cannot_be_calculated_by_linear_programmes():
    optimize = pytest.importorskip("scipy.optimize")
    roll = np.random.default_rng(5)
    hidden_cells = 0
    for _ in range(12):
        rows, columns = roll.integers(2, 6, 2)
        table = roll.poisson(9, (rows, columns)) * (roll.random((rows, columns)) < 0.85)
        shown, hidden = tierwise.privacy.suppress(table)
        cells = (rows + 1) * (columns + 1)
        at = np.arange(cells).reshape(rows + 1, columns + 1)
        equations, right = [], []
        for line in [*at, *at.T]:
            equation = np.zeros(cells)
            equation[line[:-1]], equation[line[-1]] = 1, -1
            equations.append(equation)
            right.append(0)
        whole = np.zeros((rows + 1, columns + 1))
        whole[:-1, :-1] = table
        whole[-1, :-1], whole[:-1, -1], whole[-1, -1] = table.sum(0), table.sum(1), table.sum()
        bounds = [(1, None) if hide else (n, n) for hide, n in zip(hidden.ravel(), whole.ravel(), strict=True)]
        for cell in np.flatnonzero((whole.ravel() > 0) & (whole.ravel() < 11)):
            assert hidden.ravel()[cell]
            ends = [
                optimize.linprog(sign * np.eye(cells)[cell], A_eq=np.array(equations), b_eq=right, bounds=bounds).x[
                    cell
                ]
                for sign in (1, -1)
            ]
            assert ends[0] <= whole.ravel()[cell] and ends[1] >= 11 - 1e-6, (table, cell)
            hidden_cells += 1
        assert [
            n for row, mask in zip(shown, hidden, strict=True) for n, hide in zip(row, mask, strict=True) if not hide
        ] == whole[~hidden].tolist()
    assert hidden_cells > 50


def test_privacy_says_what_is_wrong():
    for call, error, says in (
        (lambda: tierwise.privacy.check({"a": [1, 2]}, "a"), tierwise.ArgumentError, "list of columns"),
        (lambda: tierwise.privacy.check({"a": [1, 2]}, ["a"], k=1), tierwise.ArgumentError, "at least 2"),
        (lambda: tierwise.privacy.check({"a": [1, 2]}, ["b"]), tierwise.MissingColumnError, "column"),
        (lambda: tierwise.privacy.check({"a": [1, 2]}, []), tierwise.ArgumentError, "at least one column"),
        (lambda: tierwise.privacy.suppress([1, 2]), tierwise.ArgumentError, "two dimensions"),
        (lambda: tierwise.privacy.suppress([[1, 2], [3]]), tierwise.ArgumentError, "two dimensions"),
        (lambda: tierwise.privacy.suppress([[-1]]), tierwise.ArgumentError, "counts from 0"),
        (lambda: tierwise.privacy.suppress([[1.5]]), tierwise.ArgumentError, "whole numbers"),
    ):
        with pytest.raises(error, match=says):
            call()
    with pytest.raises(tierwise.ArgumentError, match="repeat one"):
        tierwise.privacy.check({"hcp_id": ["H1"] * 20, "city": ["X"] * 20}, ["city"])
    assert str(tierwise.privacy.check({"a": np.array([], dtype=object)}, ["a"])) == "there is no doctor in it"
    assert tierwise.privacy.check({"a": ["x"] * 11}, ["a"])
    assert not tierwise.privacy.check({"a": ["x"] * 10}, ["a"])


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow"])
def test_cross_tables_count_as_pandas_does(kind):
    module = pytest.importorskip(kind)
    frame, tags = base(700, 1)
    make = module.table if kind == "pyarrow" else module.DataFrame
    registry = tags.registry
    names = list(registry.rules)
    table = registry.evaluate(make(frame)).crosstab(names[:3], names[1:])
    held = {
        name: table[name].to_pylist() if kind == "pyarrow" else table[name].to_list() for name in ["tag", *names[1:]]
    }
    assert held.pop("tag") == names[:3]
    assert held == {b: [int((tags[a] & tags[b]).sum()) for a in names[:3]] for b in names[1:]}
    for wrong in ("a_1", [names[0], names[0]]):
        with pytest.raises(tierwise.ArgumentError, match="list of tags, each once"):
            tags.crosstab(wrong, names)
