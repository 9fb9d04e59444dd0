"""How well the forecast of next period's level does on real records, beside what a user would pick instead.

Prints the tables of docs/movers.md. Everything is trained up to a date and tested after it:

    python benchmarks/movers.py [--data ../shared/data] [--validate]

--validate repeats the comparison inside the training period, which is where columns, knots and penalties were chosen.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tierwise
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tierwise.movers import ForecastModel, MoverPolicy, history_columns, movers

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Rows:
    """Doctors at dates: what was known, the level then, and the level and score of next period."""

    known: pd.DataFrame
    now: np.ndarray
    then: np.ndarray
    score_then: np.ndarray

    @staticmethod
    def together(parts: list[Rows]) -> Rows:
        arrays = (np.concatenate([getattr(p, n) for p in parts]) for n in ("now", "then", "score_then"))
        return Rows(pd.concat([p.known for p in parts], ignore_index=True), *arrays)


# ---- measures -----------------------------------------------------------------------------------------------------------


def log_loss(p: np.ndarray, then: np.ndarray) -> float:
    return float(-np.log(np.clip(p[np.arange(len(then)), then], 1e-15, 1)).mean())


def accuracy(p: np.ndarray, then: np.ndarray) -> float:
    return float((p.argmax(axis=1) == then).mean())


def gap(chance: np.ndarray, happened: np.ndarray, bins: int = 10) -> float:
    """Mean distance of what was said from what happened, over bins of equal width."""
    place = np.minimum((chance * bins).astype(int), bins - 1)
    return float(sum(abs((chance - happened)[place == b].sum()) for b in range(bins)) / len(chance))


def ece(p: np.ndarray, then: np.ndarray) -> float:
    """Of the likeliest level (Guo et al. 2017)."""
    return gap(p.max(axis=1), (p.argmax(axis=1) == then).astype(float))


def class_ece(p: np.ndarray, then: np.ndarray) -> float:
    """Mean over levels of each level's own (Kull et al. 2019)."""
    return float(np.mean([gap(p[:, k], (then == k).astype(float)) for k in range(p.shape[1])]))


# ---- the competitors ----------------------------------------------------------------------------------------------------


def transition_matrix(train: Rows, test: Rows, levels: int) -> np.ndarray:
    """Shares of the levels that followed each level, one added to each count."""
    counts = np.ones((levels, levels))
    np.add.at(counts, (train.now, train.then), 1)
    return (counts / counts.sum(axis=1, keepdims=True))[test.now]


def compare(
    parts: list[Rows],
    test: Rows,
    levels: list[str],
    cuts: list[float],
    settings: dict[str, Any],
    small: dict[str, Any],
    others: bool,
) -> pd.DataFrame:
    """All are fitted on the same rows; ours also on all but the last part, on which it is then calibrated. Without `others` the
    models of scikit-learn are left out, which take most of the time."""
    ours = lambda rows: ForecastModel(levels=range(len(levels)), cuts=cuts, **settings).fit(  # noqa: E731
        rows.known, rows.then, next_score=rows.score_then
    )
    train = Rows.together(parts)
    mended = ours(Rows.together(parts[:-1])).calibrate(parts[-1].known, parts[-1].then)
    chances = {
        "tierwise": ours(train).predict_proba(test.known),
        "tierwise, calibrated on the last part": mended.predict_proba(test.known),
        "transition matrix, smoothed": transition_matrix(train, test, len(levels)),
        "same as now": np.eye(len(levels))[test.now],
    }
    theirs = {
        "logistic regression": make_pipeline(
            SimpleImputer(add_indicator=True), StandardScaler(), LogisticRegression(max_iter=5000)
        ),
        "gradient boosting, as it comes": HistGradientBoostingClassifier(random_state=0),
        "gradient boosting, small trees": HistGradientBoostingClassifier(random_state=0, **small),
    }
    for name, model in theirs.items() if others else ():
        chances[f"scikit-learn {name}"] = model.fit(train.known, train.then).predict_proba(test.known)
    measures = {"log loss": log_loss, "accuracy": accuracy, "ECE": ece, "class-wise ECE": class_ece}
    out = pd.DataFrame({name: {m: f(p, test.then) for m, f in measures.items()} for name, p in chances.items()}).T
    out.loc["same as now", ["log loss", "ECE", "class-wise ECE"]] = np.nan  # it gives no probabilities
    return out


# ---- Iowa contacts: the engagement level two quarters ahead --------------------------------------------------------------

IOWA_LEVELS = ["high", "medium", "low"]
PROFILE = ["contacts_30d", "contacts_90d", "contacts_365d", "days_since_contact", "sum_amount_usd_365d"] + [
    f"points_{c}" for c in ("meal", "education", "speaker", "consulting", "travel")
]


class Iowa:
    """Month ends scored by a segment model that was fitted at `split`: nothing later enters s0; the cuts are the policy's."""

    def __init__(self, data: Path, split: str, last: str, money: bool = True) -> None:
        folder = data / "open-payments-iowa"
        hcps, contacts = pd.read_csv(folder / "hcps.csv"), pd.read_csv(folder / "interactions.csv.gz")
        policy = tierwise.Policy.from_file(ROOT / "examples/policies/open-payments-iowa.json")
        build = lambda at: tierwise.profile.build(policy, hcps, contacts, as_of=at)  # noqa: E731
        model = tierwise.segment.fit(policy, build(split))
        self.cuts = model.engagement_floors
        self.columns = [name for name in PROFILE if money or name != "sum_amount_usd_365d"]
        parts, self.profiles = [], {}
        for at in pd.date_range("2013-08-31", last, freq="ME"):
            profile = build(at.date())
            segments = model.assign(profile)[["hcp_id", "engagement_score", "engagement_level"]]
            parts.append(segments.assign(date=at))
            self.profiles[at] = profile.frame.set_index("hcp_id")
        self.history = pd.concat(parts, ignore_index=True)

    def rows(self, origin: str) -> Rows:
        """Doctors at a date, and six months later."""
        at = pd.Timestamp(origin)
        policy = MoverPolicy(window_days=184)
        past = self.history[self.history.date <= at]
        known = history_columns(past, as_of=at.date(), policy=policy).set_index("hcp_id")
        known = known.drop(
            columns=["engagement_score_back2", "engagement_score_back3"]
        )  # too old for the first origins
        known = known.join(np.log1p(self.profiles[at][self.columns].astype(float).clip(lower=0)))
        levels = {level: place for place, level in enumerate(IOWA_LEVELS)}
        by = self.history.set_index(["date", "hcp_id"])
        now, then = by.loc[at].loc[known.index], by.loc[at + pd.offsets.MonthEnd(6)].loc[known.index]
        place = lambda frame: frame.engagement_level.map(levels).to_numpy(dtype=np.int64)  # noqa: E731
        return Rows(known, place(now), place(then), then.engagement_score.to_numpy(dtype=float))


def iowa(data: Path, split: str, origin: str, money: bool = True, others: bool = True) -> tuple[pd.DataFrame, int, int]:
    """Trained on origins whose outcome lies at or before `split`; tested on the outcome six months after `origin`."""
    target = pd.Timestamp(origin) + pd.offsets.MonthEnd(6)
    held = Iowa(data, split, str(target.date()), money)
    last = pd.Timestamp(split) - pd.offsets.MonthEnd(6)
    # The records begin in August 2013, and for five months points only fill up.
    origins = pd.date_range("2013-12-31", last, freq="ME")
    parts = [held.rows(str(o.date())) for o in origins]
    test = held.rows(origin)
    small = {"learning_rate": 0.05, "max_iter": 80, "max_leaf_nodes": 8}
    table = compare(parts, test, IOWA_LEVELS, held.cuts, {}, small, others)
    return table, sum(len(p.now) for p in parts), len(test.now)


def iowa_labels(data: Path, origin: str) -> pd.DataFrame:
    """What became of the doctors of each label."""
    target = pd.Timestamp(origin) + pd.offsets.MonthEnd(6)
    held = Iowa(data, origin, str(target.date()))
    quarters = held.history[(held.history.date <= origin) & (held.history.date.dt.month % 3 == 0)]
    found = movers(quarters, as_of=origin).set_index("hcp_id")
    test = held.rows(origin)
    label = found.engagement_score_movement.loc[test.known.index].to_numpy()
    frame = pd.DataFrame(
        {
            "label": label,
            "up": test.then < test.now,
            "down": test.then > test.now,
            "score": test.score_then - test.known.engagement_score.to_numpy(),
        }
    )
    out = frame.groupby("label").agg(
        doctors=("up", "size"), up=("up", "mean"), down=("down", "mean"), change=("score", "mean")
    )
    return out.reindex(
        [n for n in ("rising_star", "grower", "steady", "fading", "switched_out", "unknown") if n in out.index]
    )


# ---- Medicare Part B: next year's grade ---------------------------------------------------------------------------------

GRADES = ["A", "B", "C", "D"]


class PartB:
    """Grades by heads, 10/20/30/40 of each year's payments; scores are ln(payments / the year's median)."""

    def __init__(self, data: Path, last: int) -> None:
        years = pd.read_csv(data / "medicare-part-b-years/provider_years.csv.gz")
        years = years[years.year <= last].reset_index(drop=True)
        share = years.groupby("year").payments_usd.rank(ascending=False, method="first", pct=True)
        years["grade"] = np.searchsorted([0.1, 0.3, 0.6], share, side="left")
        years["above"] = np.log1p(share * 100)
        money = np.log(years.payments_usd.clip(lower=1))
        years["score"] = money - money.groupby(years.year).transform("median")
        years["services"], years["patients"] = (
            np.log(years.services.clip(lower=1)),
            np.log(years.beneficiaries.clip(lower=1)),
        )
        years["date"] = years.year.astype(str) + "-12-31"
        self.years = years

    def cuts(self, years: list[int]) -> list[float]:
        """Lowest score of each grade but the last, mean over years."""
        lowest = self.years[self.years.year.isin(years)].groupby(["grade", "year"]).score.min().groupby("grade").mean()
        return [float(lowest[grade]) for grade in range(3)]

    def rows(self, year: int) -> Rows:
        policy = MoverPolicy(unit_days=365.25, window_days=1461, noise=0.2, once_had=0, nothing=-3, low_below=0)
        past = self.years[self.years.year <= year]
        known = history_columns(past[["hcp_id", "date", "score"]], as_of=f"{year}-12-31", score="score", policy=policy)
        known = known.set_index("hcp_id")
        now = self.years[self.years.year == year].set_index("hcp_id")
        then = self.years[self.years.year == year + 1].set_index("hcp_id")
        both = known.index[known.index.isin(now.index) & known.index.isin(then.index)]
        known = known.loc[both].join(now.loc[both, ["above", "services", "patients"]])
        now, then = now.loc[both], then.loc[both]
        return Rows(known, now.grade.to_numpy(), then.grade.to_numpy(), then.score.to_numpy())


def part_b(data: Path, origins: list[int], origin: int, others: bool = True) -> tuple[pd.DataFrame, int, int]:
    """Trained on the years after `origins`, tested on the year after `origin`."""
    held = PartB(data, origin + 1)
    parts, test = [held.rows(year) for year in origins], held.rows(origin)
    settings = {"knots": 7, "score_knots": 11, "penalty": 3.0}
    cuts = held.cuts([year + 1 for year in origins])
    small = {"learning_rate": 0.05, "max_iter": 120, "max_leaf_nodes": 15}
    table = compare(parts, test, GRADES, cuts, settings, small, others)
    return table, sum(len(p.now) for p in parts), len(test.now)


# ---- tables -------------------------------------------------------------------------------------------------------------


def markdown(table: pd.DataFrame) -> str:
    lines = ["| | " + " | ".join(table.columns) + " |", "|---|" + "---|" * len(table.columns)]
    for name, row in table.iterrows():
        cells = ["–" if np.isnan(v) else f"{v:,.0f}" if c == "doctors" else f"{v:.3f}" for c, v in row.items()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def documented() -> dict[str, str]:
    """The tables as docs/movers.md has them."""
    page = (ROOT / "docs/movers.md").read_text(encoding="utf-8")
    return dict(re.findall(r"<!-- table: (.+?) -->\n(.+?)\n\n", page, re.DOTALL))


def tables(data: Path, others: bool = True) -> dict[str, str]:
    """The tables of docs/movers.md by name, with the models of scikit-learn or without."""
    end = "2014-12-31"
    return {
        "iowa": markdown(iowa(data, end, end, others=others)[0]),
        "iowa without amounts": markdown(iowa(data, end, end, money=False, others=others)[0]),
        "iowa labels": markdown(iowa_labels(data, end)),
        "part b": markdown(part_b(data, [2018, 2019], 2020, others)[0]),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, default=ROOT.parent / "shared/data")
    options.add_argument("--validate", action="store_true", help="on the years before instead")
    options.add_argument("--check", action="store_true", help="exit 1 if docs/movers.md says anything else")
    args = options.parse_args()
    if args.validate:
        for money in (True, False):
            table, train, test = iowa(args.data, "2014-09-30", "2014-06-30", money)
            print(f"Iowa, {'with' if money else 'without'} amounts: {train} rows, {test} tested\n{markdown(table)}\n")
        for year in (2018, 2019):
            table, train, test = part_b(args.data, [year - 2, year - 1], year)
            print(f"Part B {year + 1}: {train} rows, {test} tested\n{markdown(table)}\n")
        return
    found = tables(args.data)
    for name, table in found.items():
        print(f"{name}\n\n{table}\n")
    if args.check and found != documented():
        raise SystemExit("docs/movers.md has other tables")


if __name__ == "__main__":
    main()
