"""Compares the simulator's tables with two sets of real records and prints the tables of docs/simulator.md.

    python benchmarks/calibrate_simulator.py [--data DIR] [--hcps N] [--seed S] [--simulated IOWA_DIR DETAILING_DIR]

Needs pandas and tierwise. DIR (default: $TIERWISE_DATA or ../shared/data) holds open-payments-iowa and
physician-detailing. Instead of simulating, `--simulated` reads hcps.csv and interactions.csv of two folders, simulated
over the periods below and the second with contact_scale = 1.77 / 0.41.
"""

import argparse
import os
import pathlib
import sys

import numpy as np
import pandas as pd

IOWA_PERIOD = ("2013-08-01", "2015-06-30")
# 18 months; the real file numbers its months and names no year.
DETAILING_PERIOD = ("2013-08-01", "2015-01-31")
# That set holds doctors whom one company visits 1.77 times a month, the simulator's default is 0.41: the comparison scales.
DETAILING_SCALE = 1.77 / 0.41
QUANTILES = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99)


def default_data():
    root = pathlib.Path(__file__).resolve().parents[1]
    return pathlib.Path(os.environ.get("TIERWISE_DATA") or root.parent / "shared" / "data")


def share_of_busiest(counts, part):
    ordered = np.sort(np.asarray(counts, dtype=float))[::-1]
    return ordered[: max(1, round(len(ordered) * part))].sum() / ordered.sum()


def volume_deciles(volume):
    """Deciles of equal volume, 10 the first, as tierwise.segment takes them (DESIGN section 4)."""
    ordered = np.sort(np.asarray(volume, dtype=float))[::-1]
    first = np.searchsorted(-ordered, -ordered, side="left")
    before = np.concatenate([[0], np.cumsum(ordered)[:-1]])[first] / ordered.sum()
    return np.where(ordered > 0, np.clip(10 - np.floor(10 * before), 1, 10), 0).astype(int)


def contact_statistics(interactions):
    """Of a log of dated contacts (hcp_id, date): one number a name. Doctors without any contact are not in a log."""
    out = {}
    log = interactions[["hcp_id", "date"]].sort_values(["hcp_id", "date"])
    counts = log.groupby("hcp_id", observed=True).size()
    out["contacts per doctor, mean"] = counts.mean()
    for q in QUANTILES:
        out[f"contacts per doctor, {q:.0%} quantile"] = counts.quantile(q)
    out["contacts per doctor, standard deviation / mean"] = counts.std() / counts.mean()
    for part in (0.01, 0.1, 0.2, 0.5):
        out[f"share of the busiest {part:.0%}"] = share_of_busiest(counts, part)

    gaps = log.groupby("hcp_id", observed=True)["date"].diff().dt.days.dropna()
    out["gaps on the same day, share"] = (gaps == 0).mean()
    out["gap of 1 day, share of gaps above 0"] = (gaps[gaps > 0] == 1).mean()
    out["gap of 7 days, share of gaps above 0"] = (gaps[gaps > 0] == 7).mean()
    for q in (0.25, 0.50, 0.75, 0.90, 0.95, 0.99):
        out[f"gap in days, {q:.0%} quantile"] = gaps.quantile(q)
    out["gap in days, mean"] = gaps.mean()

    days = log.groupby(["hcp_id", "date"], observed=True).size()
    out["days with one contact only, share"] = (days == 1).mean()
    out["days with three or more, share"] = (days >= 3).mean()
    months = log["date"].dt.to_period("M")
    every = pd.period_range(months.min(), months.max(), freq="M")
    per_day = days.reset_index()
    per_day["month"] = per_day["date"].dt.to_period("M")
    for low, high in ((10, 25), (25, 60), (60, 120)):
        ids = counts[(counts >= low) & (counts < high)].index
        chosen = per_day[per_day["hcp_id"].isin(ids)].astype({"hcp_id": str})
        table = chosen.groupby(["hcp_id", "month"]).size().unstack(fill_value=0).reindex(columns=every, fill_value=0)
        name = f"contact days a month, variance / mean, {low}–{high - 1} contacts"
        out[name] = (table.var(axis=1) / table.mean(axis=1)).mean()
    weekday = log["date"].dt.day_of_week
    for number, name in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")):
        out[f"contacts on a {name}, share"] = (weekday == number).mean()
    calendar = log.groupby(months).size()
    out["busiest month / quietest month"] = calendar.max() / calendar.min()
    return out


def channel_statistics(interactions, column):
    """How much the busiest tenth of all doctors have of each channel, and how one-sided doctors are."""
    table = pd.crosstab(interactions["hcp_id"], interactions[column])
    rows = {name: (table[name].sum() / table.values.sum(), share_of_busiest(table[name], 0.1)) for name in table}
    return rows, (table.max(axis=1) / table.sum(axis=1)).mean()


def visit_statistics(volume_a_year, visits, months):
    """Of volume and visits of the same doctors: `visits` is doctors × months."""
    out = {}
    for q in QUANTILES:
        out[f"volume a year, {q:.0%} quantile"] = volume_a_year.quantile(q)
    out["volume a year, mean"] = volume_a_year.mean()
    out["doctors without volume, share"] = (volume_a_year == 0).mean()
    ordered = np.sort(volume_a_year.to_numpy())[::-1]
    for tenth, part in enumerate(np.array_split(ordered, 10)):
        out[f"volume of tenth {tenth + 1} of doctors, share"] = part.sum() / ordered.sum()
    deciles = volume_deciles(volume_a_year)
    for decile in range(10, -1, -1):
        out[f"doctors in volume decile {decile}, share"] = (deciles == decile).mean()

    total = visits.sum(axis=1)
    for q in QUANTILES:
        out[f"visits in {months} months, {q:.0%} quantile"] = total.quantile(q)
    out["visits per doctor, standard deviation / mean"] = total.std() / total.mean()
    out["visits of the most visited 10%, share"] = share_of_busiest(total, 0.1)
    out["doctors never visited, share"] = (total == 0).mean()
    flat = visits.to_numpy().ravel()
    for count in range(6):
        out[f"months with {count} visits, share"] = (flat == count).mean()
    seen = visits[total > 0]
    out["visits a month, variance / mean within doctors"] = (seen.var(axis=1) / seen.mean(axis=1)).mean()
    half = months // 2
    out["visits, correlation of first and second half"] = np.corrcoef(
        visits.iloc[:, :half].sum(axis=1), visits.iloc[:, half:].sum(axis=1)
    )[0, 1]
    out["volume and visits, rank correlation"] = volume_a_year.rank().corr(total.rank())
    tenth = pd.qcut(volume_a_year.rank(method="first"), 10, labels=False)
    for number, mean in (total.groupby(tenth).mean() / months).items():
        out[f"visits a month in tenth {number + 1} of volume, lowest first"] = mean
    return out


def real_iowa(data):
    return pd.read_csv(
        data / "open-payments-iowa" / "interactions.csv.gz", parse_dates=["date"], usecols=["hcp_id", "date", "nature"]
    )


def real_detailing(data):
    months = pd.read_csv(data / "physician-detailing" / "months.csv.gz")
    visits = months.pivot(index="hcp_id", columns="month", values="rep_calls")
    volume = months.groupby("hcp_id")["new_prescriptions"].sum() * 12 / 18
    return volume, visits


def simulated(hcps, seed, period, **options):
    import tierwise.simulate

    made = tierwise.simulate.territory(hcps=hcps, seed=seed, start=period[0], end=period[1], frames="pandas", **options)
    return made.hcps, made.interactions.assign(date=pd.to_datetime(made.interactions["date"]))


def read_simulated(folder):
    folder = pathlib.Path(folder)
    return [pd.read_csv(folder / "hcps.csv"), pd.read_csv(folder / "interactions.csv", parse_dates=["date"])]


def simulated_detailing(hcps, interactions):
    """Volume a year and visits by month of the doctors whose volume is known."""
    known = hcps.dropna(subset=["patient_volume"]).astype({"hcp_id": str}).set_index("hcp_id")["patient_volume"]
    visits = interactions[interactions["channel"] == "visit"].astype({"hcp_id": str})
    table = pd.crosstab(visits["hcp_id"], visits["date"].dt.to_period("M"))
    return known, table.reindex(known.index, fill_value=0)


def markdown(real, made, digits=3):
    def show(value):
        return f"{value:.{digits}f}" if abs(value) < 1 else f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}"

    lines = ["| statistic | real | simulated |", "|---|---:|---:|"]
    return "\n".join(lines + [f"| {name} | {show(real[name])} | {show(made[name])} |" for name in real])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--data", type=pathlib.Path, default=default_data())
    arguments.add_argument("--hcps", type=int, default=20_000)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--simulated", nargs=2, metavar="DIR")
    given = arguments.parse_args()
    if not given.data.is_dir():
        sys.exit(f"no folder {given.data}: pass --data")
    if given.simulated:
        iowa, detailing = (read_simulated(folder) for folder in given.simulated)
    else:
        iowa = simulated(given.hcps, given.seed, IOWA_PERIOD)
        detailing = simulated(given.hcps, given.seed, DETAILING_PERIOD, contact_scale=DETAILING_SCALE)

    log = real_iowa(given.data)
    print("### Contacts: open-payments-iowa\n")
    print(markdown(contact_statistics(log), contact_statistics(iowa[1])))
    print(
        "\n### Channels\n\n| | channel | share of contacts | of which the busiest tenth of doctors |\n|---|---|---:|---:|"
    )
    for label, frame, column in (("real", log, "nature"), ("simulated", iowa[1], "channel")):
        rows, main_share = channel_statistics(frame, column)
        for name, (part, busiest) in sorted(rows.items(), key=lambda row: -row[1][0]):
            if part >= 0.005:
                print(f"| {label} | {name} | {part:.3f} | {busiest:.3f} |")
        print(f"| {label} | *a doctor's main channel* | {main_share:.3f} | |")
    print("\n### Volume and visits: physician-detailing\n")
    real = visit_statistics(*real_detailing(given.data), 18)
    print(markdown(real, visit_statistics(*simulated_detailing(*detailing), 18)))


if __name__ == "__main__":
    main()
