"""Profiles, scores and tiers a second time: DESIGN section 4 in plain NumPy and pandas, written from the text and the policy file
alone. Slow, obvious, and without a line of tierwise."""

from __future__ import annotations

import numpy as np
import pandas as pd

STEP = 2.0**-20  # scores are multiples of this


def contacts_of(policy: dict, hcps: pd.Series, interactions: pd.DataFrame, as_of: str) -> pd.DataFrame:
    """The contacts that count: row of the doctor, channel, day, age, weight, count, is_contact, and the measures."""
    given = policy.get("input", {}).get("interactions", {})
    table = pd.DataFrame({"hcp": pd.Index(hcps).get_indexer(interactions[given.get("hcp_id", "hcp_id")])})
    dates = interactions[given.get("date", "date")].to_numpy()
    if given.get("first_month"):
        dates = np.datetime64(given["first_month"], "M") + (dates.astype(np.int64) - 1)
    day = np.datetime64(as_of, "D").astype(int)
    table["age"] = day - dates.astype("datetime64[D]").astype(int)
    channel = (
        interactions[given.get("channel") or "channel"]
        if not given.get("constant_channel")
        else given["constant_channel"]
    )
    table["channel"] = channel.to_numpy() if isinstance(channel, pd.Series) else channel
    table["channel"] = table["channel"].replace(given.get("channel_values", {})).astype("category")
    count, quality, depth = (given.get(name) or name for name in ("count", "quality", "depth"))
    table["count"] = interactions[count].to_numpy() if count in interactions else 1
    table["quality"] = interactions[quality].fillna(1.0).to_numpy() if quality in interactions else 1.0
    first = table["channel"].map({name: next(iter(c["depths"])) for name, c in policy["channels"].items()})
    table["depth"] = interactions[depth].fillna(first).to_numpy() if depth in interactions else first
    for measure in {m["column"] for m in policy["profile"]["measures"]}:
        table[measure] = interactions[measure].to_numpy()
    if (given.get("event_id") or "event_id") in interactions:
        assert interactions[given.get("event_id") or "event_id"].is_unique, (
            "this reference does not choose between events of one id"
        )

    table = table[(table["hcp"] >= 0) & (table["age"] >= 0) & table["channel"].isin(list(policy["channels"]))].copy()
    table["weight"], table["is_contact"] = 0.0, True
    for name, channel in policy["channels"].items():
        for depth, what in channel["depths"].items():
            these = (table["channel"] == name) & (table["depth"] == depth)
            table.loc[these, "weight"] = float(what["weight"] if isinstance(what, dict) else what)
            table.loc[these, "is_contact"] = what.get("is_contact", True) if isinstance(what, dict) else True
    table["weight"] *= table["quality"]
    return table


def profiles(policy: dict, hcps: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    """Attributes and computed columns, a row per doctor."""
    given = policy.get("input", {}).get("hcps", {})
    out = pd.DataFrame({"hcp_id": hcps[given.get("hcp_id", "hcp_id")].to_numpy()})
    for name, attribute in policy["attributes"].items():
        column = attribute.get("column") or name
        if column in hcps:
            out[name] = hcps[column].to_numpy()

    def total(rows: pd.DataFrame, values) -> np.ndarray:
        return np.bincount(rows["hcp"], weights=values, minlength=len(out))

    real = contacts[contacts["is_contact"] & (contacts["count"] > 0)]
    for window in policy["profile"]["windows_days"]:
        within = real[real["age"] < window]
        out[f"contacts_{window}d"] = total(within, within["count"])
        for channel in policy["channels"]:
            mine = within[within["channel"] == channel]
            out[f"contacts_{channel}_{window}d"] = total(mine, mine["count"])

    out["points"] = 0.0
    for channel, spec in policy["channels"].items():
        # The best contacts of a day earn first; what takes points away is not limited.
        mine = contacts[contacts["channel"] == channel].sort_values("weight", ascending=False, kind="stable")
        earning = mine["count"].astype(float)
        if spec.get("daily_limit", 0):
            counted = earning.where(mine["weight"] > 0, 0.0)
            before = counted.groupby([mine["hcp"], mine["age"]]).cumsum() - counted
            earning = earning.where(mine["weight"] <= 0, (spec["daily_limit"] - before).clip(0, mine["count"]))
        out["points"] += total(mine, mine["weight"] * earning * 2.0 ** (-mine["age"] / spec.get("half_life_days", 30)))
    for measure in policy["profile"]["measures"]:
        within = contacts[contacts["age"] < measure.get("window_days", 365)]
        values = within[measure["column"]]
        sums, seen, known = (
            total(within, values.fillna(0)),
            total(within, np.ones(len(within))),
            total(within, values.notna()),
        )
        out[f"sum_{measure['column']}_{measure.get('window_days', 365)}d"] = np.where(
            (seen > 0) & (known == 0), np.nan, sums
        )
    return out


def score_of(card: dict, table: pd.DataFrame) -> np.ndarray:
    """A scorecard over a table: 100 · Σ w · share / Σ w over what is known; NaN below the least coverage."""
    points, known = np.zeros(len(table)), np.zeros(len(table))
    for term in card["terms"]:
        value = table[term["column"]]
        if "lookup" in term:
            share = value.map(term["lookup"]).to_numpy(dtype=float)
        else:
            low, high = term.get("linear") or term["log"]
            v = value.to_numpy(dtype=float)
            if "linear" in term:
                share = np.clip((v - low) / (high - low), 0, 1)
            else:
                share = np.clip(np.log1p(np.clip(v - low, 0, None)) / np.log1p(high - low), 0, 1)
        points += np.where(np.isnan(share), 0, term["weight"] * share)
        known += np.where(np.isnan(share), 0, term["weight"])
    coverage = known / sum(term["weight"] for term in card["terms"])
    with np.errstate(invalid="ignore", divide="ignore"):
        score = np.rint(100 * points / known / STEP) * STEP
    return np.where(np.rint(coverage / STEP) >= np.rint(card.get("min_coverage", 0.5) / STEP), score, np.nan)


def deciles(volume: np.ndarray) -> np.ndarray:
    """10 − ⌊10 · share of volume before this doctor⌋ for volume above 0, 0 for none, −1 for unknown."""
    known = np.sort(volume[~np.isnan(volume)])[::-1]
    total = known.sum()
    out = np.full(len(volume), -1)
    out[volume == 0] = 0
    sums = np.concatenate([[0.0], np.cumsum(known)])
    for v in np.unique(known[known > 0]):
        before = sums[np.searchsorted(-known, -v)]  # of all that are larger
        out[volume == v] = 10 - min(int(np.floor(10 * before / total)), 9)
    return out


def steps(value: np.ndarray, floors: list[float], unknown: int = -1) -> np.ndarray:
    """Index of the first floor that is reached; the last step if none; −1 if unknown."""
    out = np.full(len(value), len(floors))
    for i in reversed(range(len(floors))):
        out[value >= floors[i]] = i
    out[np.isnan(value)] = unknown
    return out


def tiers(policy: dict, table: pd.DataFrame) -> pd.DataFrame:
    """decile, grade, scores, levels, profile type and tier, fitted and assigned on the same population."""
    segment = policy["segment"]
    scheme = segment["tiers"]
    grades, levels = scheme["grades"], scheme["levels"]
    potential = segment["potential"]

    volume = (
        table[potential["volume"]].to_numpy(dtype=float) if potential.get("volume") else np.full(len(table), np.nan)
    )
    decile = deciles(volume)
    floors = [potential["cuts"]["floors"][g] for g in grades[:-1]] if potential.get("volume") else []
    grade = np.where(decile >= 0, steps(decile.astype(float), floors), -1)
    if "card" in potential:
        card = score_of(potential["card"], table)
        by_card = steps(card, [potential["card_cuts"]["floors"][g] for g in grades[:-1]])
        grade = np.where(decile >= 0, grade, by_card)

    identity = score_of(segment["identity"], table)
    s = table["points"].to_numpy(dtype=float)
    engagement = segment["engagement"]
    s0 = engagement.get("s0") or np.quantile(s, engagement.get("s0_quantile", 0.75))
    if not s0 > 0:
        s0 = np.quantile(s[s > 0], engagement.get("s0_quantile", 0.75)) if (s > 0).any() else 1.0
    active = np.where(s > 0, np.rint(100 * (1 - np.exp(-np.clip(s, 0, None) / s0)) / STEP) * STEP, 0.0)

    def level(score, cuts):
        given = [cuts["floors"][name] for name in levels[:-1]]
        if cuts.get("how", "fixed") == "quantile":
            given = [np.quantile(score[~np.isnan(score)], q) for q in given]
        return steps(score, given)

    i, e = level(identity, segment["identity"]["cuts"]), level(active, engagement["cuts"])
    unknown = (potential["unknown_as"], segment["identity"]["cuts"]["unknown_as"], engagement["cuts"]["unknown_as"])
    cells = {}
    for row in scheme["table"]:
        for g in row.get("grade", grades):
            for a in row.get("identity", levels):
                for b in row.get("engagement", levels):
                    cells[g, a, b] = row["tier"], row["profile_type"]
    picked = [
        cells[
            grades[g] if g >= 0 else unknown[0],
            levels[a] if a >= 0 else unknown[1],
            levels[b] if b >= 0 else unknown[2],
        ]
        for g, a, b in zip(grade, i, e, strict=True)
    ]
    return pd.DataFrame(
        {
            "hcp_id": table["hcp_id"],
            "decile": decile,
            "grade": [grades[g] if g >= 0 else "unknown" for g in grade],
            "identity_score": identity,
            "identity_level": [levels[a] if a >= 0 else "unknown" for a in i],
            "engagement_score": active,
            "engagement_level": [levels[b] if b >= 0 else "unknown" for b in e],
            "profile_type": [kind for _, kind in picked],
            "tier": [tier for tier, _ in picked],
        }
    )
