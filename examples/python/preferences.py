"""Which channel will a doctor's next contact have? Shares learnt from contacts up to a date, tried on what came after.

    python examples/python/preferences.py DIR        # DIR has hcps.csv and interactions.csv.gz of CMS Open Payments, Iowa

A contact is a doctor, a day and a channel (the payment's nature, as in open-payments-iowa.json): several payments of one channel on one day
are one. Half-life and groups are chosen by predicting the second half of 2014 from what came before it, the baselines'
smoothing likewise; 2015 is looked at once, at the end. The prediction is for each doctor's first day with a contact after the date; where
that day has several channels, his loss is the mean over them. Intervals are of a bootstrap over doctors, paired.
"""

from __future__ import annotations

import csv
import gzip
import math
import sys
from pathlib import Path

import numpy as np
from tierwise.preferences import Affinity

HALF_LIVES = (90.0, 180.0, 365.0, 730.0, math.inf)
GROUPS = ((), ("primary_type",), ("specialty",), ("primary_type", "specialty"))
SMOOTHING = tuple(step / 20 for step in range(1, 20))


def tables(folder: Path) -> tuple[dict, dict]:
    """Doctors, and contacts by day and channel, each once."""
    with open(folder / "hcps.csv", encoding="utf-8", newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["hcp_id"])
    columns = ("hcp_id", "primary_type", "specialty")
    doctors = {name: np.array([row[name] or None for row in rows], dtype=object) for name in columns}
    with gzip.open(folder / "interactions.csv.gz", "rt", encoding="utf-8", newline="") as file:
        contacts = sorted({(row["hcp_id"], row["date"], row["nature"]) for row in csv.DictReader(file)})
    known = set(doctors["hcp_id"])
    hcp_id, date, channel = zip(*(each for each in contacts if each[0] in known), strict=True)
    return doctors, {
        "hcp_id": np.array(hcp_id, dtype=object),
        "date": np.array(date, dtype="datetime64[D]"),
        "channel": np.array(channel, dtype=object),
    }


class Trial:
    """What was known up to a date, and each doctor's first contact day after it, up to another date."""

    def __init__(self, doctors: dict, contacts: dict, known_to: str, until: str) -> None:
        self.doctors, self.known_to = doctors, known_to
        self.keys = np.unique(contacts["channel"].astype(str))  # all that the policy lists occur in 2013
        place = {each: at for at, each in enumerate(doctors["hcp_id"])}
        who = np.array([place[each] for each in contacts["hcp_id"]])
        what = np.searchsorted(self.keys, contacts["channel"].astype(str))
        before = contacts["date"] <= np.datetime64(known_to)
        self.contacts = {name: column[before] for name, column in contacts.items()}
        self.counts = np.zeros((len(doctors["hcp_id"]), len(self.keys)))
        np.add.at(self.counts, (who[before], what[before]), 1)
        later = ~before & (contacts["date"] <= np.datetime64(until))
        first = np.full(len(doctors["hcp_id"]), np.datetime64("2200-01-01"))
        np.minimum.at(first, who[later], contacts["date"][later])
        is_first = later & (contacts["date"] == first[who])
        self.next = np.zeros_like(self.counts)
        self.next[who[is_first], what[is_first]] = 1
        self.asked = np.flatnonzero(self.next.any(axis=1))
        self.next = self.next[self.asked] / self.next[self.asked].sum(axis=1, keepdims=True)

    def loss(self, chance: np.ndarray) -> np.ndarray:
        """−ln of the probability given to what came, a doctor."""
        return -(self.next * np.log(chance[self.asked])).sum(axis=1)

    def hit(self, chance: np.ndarray) -> np.ndarray:
        """The share of the day's channels that was thought likeliest, a doctor."""
        return self.next[np.arange(len(self.asked)), chance[self.asked].argmax(axis=1)]

    def population(self) -> np.ndarray:
        """The population's share of each channel, with half a contact added to each."""
        share = (self.counts.sum(axis=0) + 0.5) / (self.counts.sum() + 0.5 * len(self.keys))
        return np.tile(share, (len(self.counts), 1))

    def most_frequent(self, smoothing: float) -> np.ndarray:
        """A doctor's most frequent channel, mixed with the population's shares; where he has no contact, those alone."""
        share = self.population()
        favourite = (self.counts + 1e-6 * share).argmax(axis=1)  # of equals, the population's
        out = smoothing * share
        out[np.arange(len(out)), favourite] += 1 - smoothing
        return np.where(self.counts.any(axis=1, keepdims=True), out, share)

    def own_shares(self, added: float) -> np.ndarray:
        """A doctor's own shares, with so many contacts of the population added: no decay, no segment."""
        return (self.counts + added * self.population()) / (self.counts.sum(axis=1, keepdims=True) + added)

    def means(self, learnt: Affinity) -> np.ndarray:
        return np.asarray(learnt.table["mean"]).reshape(len(self.counts), len(self.keys))

    def fit(self, half_life_days: float, by: tuple[str, ...]) -> Affinity:
        return Affinity.fit_shares(
            self.contacts,
            key="channel",
            as_of=self.known_to,
            hcps=self.doctors,
            by=by,
            keys=self.keys.tolist(),
            half_life_days=half_life_days,
            confidence=0.9,
            margin=0.05,
        )


def best(loss_of: dict) -> object:
    """What had the smallest mean loss; of equals, the first."""
    return min(loss_of, key=lambda each: loss_of[each].mean())


def compare(folder: Path, half_lives: tuple = HALF_LIVES, groups: tuple = GROUPS, draws: int = 2000) -> dict:
    """What was chosen on 2014, and losses and hits of 2015 by method."""
    doctors, contacts = tables(folder)
    choose = Trial(doctors, contacts, "2014-06-30", "2014-12-31")
    tried = {(h, by): choose.loss(choose.means(choose.fit(h, by))) for h in half_lives for by in groups}
    chosen = best(tried)
    smoothing = best({s: choose.loss(choose.most_frequent(s)) for s in SMOOTHING})
    added = best({s: choose.loss(choose.own_shares(s)) for s in (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)})
    final = Trial(doctors, contacts, "2014-12-31", "2015-12-31")
    learnt = final.fit(*chosen)
    chances = {
        "learnt affinity": final.means(learnt),
        "own shares, smoothed": final.own_shares(added),
        "most frequent channel, smoothed": final.most_frequent(smoothing),
        "population share": final.population(),
    }
    weights = np.random.default_rng(1).multinomial(
        len(final.asked), np.full(len(final.asked), 1 / len(final.asked)), draws
    )
    return {
        "chosen": chosen,
        "smoothing": smoothing,
        "added": added,
        "choice": {each: loss.mean() for each, loss in tried.items()},
        "doctors": len(final.asked),
        "new": int((~final.counts.any(axis=1))[final.asked].sum()),
        "strength": float(learnt.strength[0]),
        "tags": learnt.tags,
        "loss": {name: final.loss(chance) for name, chance in chances.items()},
        "hit": {name: final.hit(chance) for name, chance in chances.items()},
        "draws": weights / len(final.asked),
    }


def interval(draws: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    low, high = np.quantile(draws @ values, [0.025, 0.975])
    return float(low), float(high)


def table(found: dict) -> str:
    """The table of docs/preferences.md."""
    ours = found["loss"]["learnt affinity"]
    lines = [
        "| predicts the next channel by | log loss (95 %) | more than learnt (95 %, paired) | accuracy |",
        "|---|---|---|---|",
    ]
    for name, loss in found["loss"].items():
        own = "{:.4f} ({:.4f} to {:.4f})".format(loss.mean(), *interval(found["draws"], loss))
        more = loss - ours
        by = "{:.4f} ({:.4f} to {:.4f})".format(more.mean(), *interval(found["draws"], more)) if more.any() else ""
        lines.append(f"| {name} | {own} | {by} | {found['hit'][name].mean():.3f} |")
    return "\n".join(lines)


def main() -> None:
    if len(sys.argv) != 2:
        print(__doc__)
        return
    found = compare(Path(sys.argv[1]))
    half_life, by = found["chosen"]
    print(
        f"chosen on the second half of 2014: half-life {half_life:g} days, groups {', '.join(by) or 'none'}; "
        f"most frequent mixed with {found['smoothing']:g} of the population; own shares with {found['added']:g} contacts added"
    )
    for (days, groups), loss in found["choice"].items():
        print(f"  {days:>5g} days, {'/'.join(groups) or 'population':<24} {loss:.4f}")
    print(
        f"2015: {found['doctors']:,} doctors, {found['new']} of them without a contact before; strength {found['strength']:.2f}"
    )
    print(table(found))
    tags, count = np.unique(np.asarray(found["tags"]["tag"], dtype=str), return_counts=True)
    print("preference tags as of 2014-12-31:", ", ".join(f"{t} {n}" for t, n in zip(tags, count, strict=True)))


if __name__ == "__main__":
    main()
