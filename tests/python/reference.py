"""Profiles, scores and tiers a second time: DESIGN section 4 in plain NumPy and pandas, written from the text and the policy file
alone. Slow, obvious, and without a line of tierwise."""

from __future__ import annotations

import numpy as np
import pandas as pd

STEP = 2.0**-20  # scores are multiples of this


def contacts_of(policy: dict, hcps: pd.DataFrame, interactions: pd.DataFrame, as_of: str) -> pd.DataFrame:
    """The contacts that count: hcp, channel, day, weight, count, is_contact, age, and the measures."""
    given = policy.get("input", {}).get("interactions", {})
    day = np.datetime64(as_of, "D")
    table = pd.DataFrame({"hcp_id": interactions[given.get("hcp_id", "hcp_id")]})
    dates = interactions[given.get("date", "date")]
    if given.get("first_month"):
        months = np.datetime64(given["first_month"], "M") + (dates.to_numpy().astype(np.int64) - 1)
        table["day"] = months.astype("datetime64[D]").astype("datetime64[s]")
    else:
        table["day"] = dates.to_numpy().astype("datetime64[s]")
    channel = given.get("constant_channel") or interactions[given.get("channel", "channel")].to_numpy()
    table["channel"] = channel
    table["channel"] = table["channel"].replace(given.get("channel_values", {}))
    count = given.get("count", "count")
    table["count"] = interactions[count].to_numpy() if count in interactions else 1.0
    quality = given.get("quality", "quality")
    table["quality"] = interactions[quality].fillna(1.0).to_numpy() if quality in interactions else 1.0
    depth = given.get("depth", "depth")
    first = table["channel"].map({name: next(iter(c["depths"])) for name, c in policy["channels"].items()})
    table["depth"] = interactions[depth].to_numpy() if depth in interactions else None
    table["depth"] = table["depth"].fillna(first) if table["depth"].notna().any() else first
    for measure in {m["column"] for m in policy["profile"]["measures"]}:
        table[measure] = interactions[measure].to_numpy()
    event = given.get("event_id", "event_id")
    if event in interactions:
        table["event"] = interactions[event].to_numpy()
        assert not table["event"].duplicated().any(), "this reference does not choose between events of one id"

    usable = table["day"].notna() & table["hcp_id"].isin(set(hcps)) & table["channel"].isin(policy["channels"])
    usable &= table["day"].to_numpy() <= day
    assert table.loc[table["hcp_id"].isin(set(hcps)) & (table["day"].to_numpy() <= day)].shape[0] == usable.sum()
    table = table[usable].copy()
    table["age"] = (day - table["day"].to_numpy().astype("datetime64[D]")).astype(int)
    weights = {(name, d): w if isinstance(w, dict) else {"weight": w} for name, c in policy["channels"].items() for d, w in c["depths"].items()}
    kinds = [weights[pair] for pair in zip(table["channel"], table["depth"], strict=True)]
    table["weight"] = [k["weight"] for k in kinds] * table["quality"]
    table["is_contact"] = [k.get("is_contact", True) for k in kinds]
    return table


def profiles(policy: dict, hcps: pd.DataFrame, contacts: pd.DataFrame | None) -> pd.DataFrame:
    """Attributes and computed columns, a row per doctor."""
    given = policy.get("input", {}).get("hcps", {})
    out = pd.DataFrame({"hcp_id": hcps[given.get("hcp_id", "hcp_id")].to_numpy()})
    for name, attribute in policy["attributes"].items():
        column = attribute.get("column") or name
        if column in hcps:
            out[name] = hcps[column].to_numpy()
    out = out.set_index("hcp_id")
    assert contacts is not None
    real = contacts[contacts["is_contact"] & (contacts["count"] > 0)]
    columns = {}
    for window in policy["profile"]["windows_days"]:
        within = real[real["age"] < window]
        columns[f"contacts_{window}d"] = within.groupby("hcp_id")["count"].sum()
        for channel in policy["channels"]:
            columns[f"contacts_{channel}_{window}d"] = within[within["channel"] == channel].groupby("hcp_id")["count"].sum()
    for name, column in columns.items():
        out[name] = column.reindex(out.index).fillna(0).to_numpy()

    total = np.zeros(len(out))
    for channel, spec in policy["channels"].items():
        mine = contacts[contacts["channel"] == channel].sort_values("weight", ascending=False, kind="stable")
        earning = mine["count"].to_numpy(dtype=float)
        if spec.get("daily_limit", 0):
            paid = mine["weight"] > 0
            used = mine["count"].where(paid, 0).groupby([mine["hcp_id"], mine["day"]]).cumsum() - mine["count"].where(paid, 0)
            earning = np.where(paid, np.clip(spec["daily_limit"] - used, 0, mine["count"]), earning)
        value = mine["weight"] * earning * 2.0 ** (-mine["age"] / spec.get("half_life_days", 30))
        total += value.groupby(mine["hcp_id"]).sum().reindex(out.index).fillna(0).to_numpy()
    out["points"] = total
    for measure in policy["profile"]["measures"]:
        window = measure.get("window_days", 365)
        sums = contacts[contacts["age"] < window].groupby("hcp_id")[measure["column"]].sum(min_count=1)
        seen = contacts[contacts["age"] < window].groupby("hcp_id").size()
        column = sums.reindex(out.index)
        out[f"sum_{measure['column']}_{window}d"] = np.where(seen.reindex(out.index).isna(), 0.0, column)
    return out.reset_index()


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
    return np.where(coverage >= card.get("min_coverage", 0.5) - 1e-12, score, np.nan)


def deciles(volume: np.ndarray) -> np.ndarray:
    """10 − ⌊10 · share of volume before this doctor⌋ for volume above 0, 0 for none, −1 for unknown."""
    known = np.sort(volume[~np.isnan(volume)])[::-1]
    total = known.sum()
    out = np.full(len(volume), -1)
    out[volume == 0] = 0
    for v in np.unique(known[known > 0]):
        before = known[known > v].sum()
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

    volume = table[potential["volume"]].to_numpy(dtype=float) if potential.get("volume") else np.full(len(table), np.nan)
    decile = deciles(volume)
    floors = [potential["decile_floors"][g] for g in grades[:-1]] if potential.get("volume") else []
    grade = np.where(decile >= 0, steps(decile.astype(float), floors), -1)
    if "card" in potential:
        card = score_of(potential["card"], table)
        by_card = steps(card, [potential["card_floors"][g] for g in grades[:-1]])
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
        cells[grades[g] if g >= 0 else unknown[0], levels[a] if a >= 0 else unknown[1], levels[b] if b >= 0 else unknown[2]]
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
