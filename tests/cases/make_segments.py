"""Writes segments.json: rows, and what the default policy makes of them, by a second and slow implementation of DESIGN section 4.

    python3 make_segments.py > segments.json

C++ and Python read the file in their tests. Nothing of tierwise is used here. Reasons are written out by hand.
"""

import itertools
import json
import math

TITLE = {
    "chief_physician": 1,
    "associate_chief_physician": 0.75,
    "attending_physician": 0.4,
    "resident_physician": 0.15,
}
TITLE |= {"主任医师": 1, "副主任医师": 0.75, "主治医师": 0.4, "住院医师": 0.15}
HOSPITAL = {"tier_3_large": 1, "tier_3": 0.8, "tier_2": 0.5, "below": 0.2}
HOSPITAL |= {"三级甲等": 1, "三甲": 1, "三级乙等": 0.8, "三级": 0.8, "二级甲等": 0.5, "二甲": 0.5, "二级": 0.5}
HOSPITAL |= {"一级": 0.2, "未定级": 0.2}
IDENTITY = [
    ("title", 25, TITLE.get),
    ("hospital_level", 20, HOSPITAL.get),
    ("society_offices", 20, lambda v: min(max(v / 3, 0), 1)),
    ("trials", 15, lambda v: min(max(v / 5, 0), 1)),
    ("publications", 10, lambda v: min(math.log(1 + max(v, 0)) / math.log(51), 1)),
    ("teaching", 10, lambda v: min(max(v / 12, 0), 1)),
]
CARD = [
    ("patients_per_week", 60, lambda v: min(max(v / 100, 0), 1)),
    ("hospital_level", 25, HOSPITAL.get),
    ("title", 15, TITLE.get),
]
COLUMNS = [
    "patient_volume",
    "patients_per_week",
    "title",
    "hospital_level",
    "society_offices",
    "trials",
    "publications",
]
COLUMNS += ["teaching", "points_visit", "points_email", "contact_coverage"]
LEVELS = ["high", "medium", "low"]
GRADES = ["A", "B", "C", "D"]
TYPES = ["pioneer", "traditional", "rising star", "ordinary"]
RESOURCES = ["high", "medium-high", "medium-high", "medium", "medium", "medium-low", "medium-low", "low", "lower"]


def score(terms, row):
    shares = [(weight, share(row[column]) if row[column] is not None else None) for column, weight, share in terms]
    known = [(weight, share) for weight, share in shares if share is not None]
    weight = sum(w for w, _ in known)
    coverage = weight / sum(w for w, _ in shares)
    if not known or coverage < 0.5:
        return None, coverage
    return round(100 * sum(w * s for w, s in known) / weight * 2**20) / 2**20, coverage


def decile(volume, population):
    """The decile of the smallest doctor of the population that is not larger, if there is one."""
    volumes = sorted((v for v in population if v is not None and v >= 0), reverse=True)
    if volume == 0:
        return 0
    for v in volumes:
        if v <= volume and v > 0:
            before = sum(w for w in volumes if w > v)
            # `volume` itself may lie above the largest doctor of its decile; what counts is whom it reaches
            return max(10 - math.floor(10 * before / sum(volumes)), 1)
    return 1


def step(names, floors, value):
    return next((name for name, floor in zip(names, floors, strict=False) if value >= floor), names[-1])


def quantile(values, q):
    values = sorted(values)
    at = (len(values) - 1) * q
    low = math.floor(at)
    return values[low] + (at - low) * (values[min(low + 1, len(values) - 1)] - values[low])


def expect(row, population):
    out = {}
    volume = row["patient_volume"] if row["patient_volume"] is not None and row["patient_volume"] >= 0 else None
    card, card_coverage = score(CARD, row)
    if volume is not None:
        d = decile(volume, [p["patient_volume"] for p in population])
        out |= {"potential_basis": "volume", "potential": volume, "potential_coverage": 1, "decile": d}
        out["grade"] = step(GRADES, [8, 5, 2], d)
    else:
        out |= {"potential_basis": "unknown" if card is None else "scorecard", "potential": card}
        out |= {"potential_coverage": card_coverage, "decile": None}
        out["grade"] = None if card is None else step(GRADES, [70, 45, 20], card)
    out["identity_score"], out["identity_coverage"] = score(IDENTITY, row)
    out["identity_level"] = None if out["identity_score"] is None else step(LEVELS, [60, 30], out["identity_score"])
    points = [p["points_visit"] + p["points_email"] for p in population if p["contact_coverage"] is not None]
    s0 = quantile(points, 0.75)
    known = all(row[c] is not None for c in ("points_visit", "points_email", "contact_coverage"))
    out["engagement_coverage"] = row["contact_coverage"] if known else 0
    out["engagement_score"] = out["engagement_level"] = None
    if known and row["contact_coverage"] >= 0.5:
        s = row["points_visit"] + row["points_email"]
        out["engagement_score"] = round(100 * (1 - math.exp(-s / s0)) * 2**20) / 2**20 if s > 0 else 0
        out["engagement_level"] = step(LEVELS, [60, 30], out["engagement_score"])
    grade = out["grade"] or "C"
    high = (out["identity_level"] == "high", out["engagement_level"] == "high")
    kind = {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}[high]
    out["profile_type"] = TYPES[kind]
    out["tier"] = {"A": 1, "B": 1, "C": 5}[grade] + kind if grade != "D" else 9
    out["resources"] = RESOURCES[out["tier"] - 1]
    return out


def row(**values):
    return {column: values.get(column) for column in COLUMNS}


BEST = {
    "title": "chief_physician",
    "hospital_level": "tier_3_large",
    "society_offices": 3,
    "trials": 5,
    "publications": 50,
}
BEST |= {"teaching": 12}
MIDDLE = {
    "title": "attending_physician",
    "hospital_level": "tier_2",
    "society_offices": 1,
    "trials": 2,
    "publications": 6,
}
MIDDLE |= {"teaching": 6}
LEAST = {"title": "resident_physician", "hospital_level": "below", "society_offices": 0, "trials": 0, "publications": 0}
LEAST |= {"teaching": 0}
NOBODY = {"points_visit": 0, "points_email": 0, "contact_coverage": 1}


def points(visit, email=0.0, coverage=1.0):
    return {"points_visit": visit, "points_email": email, "contact_coverage": coverage}


def main():
    volumes = [120, 80, 80, 60, 50, 40, 30, 20, 10, 5, 5, 0, None, None, -3]
    visits = [0, 40, 10, 0, 25, 80, 5, 0, 0, 30, 12, 3, 60, None, 7]
    population = [
        row(patient_volume=v, **points(p, 2.5 * (i % 4), None if i == 3 else 1))
        for i, (v, p) in enumerate(zip(volumes, visits, strict=True))
    ]
    population[13] |= {"contact_coverage": None}
    cases = []

    def case(name, reasons=None, **values):
        given = row(**values)
        wanted = expect(given, population)
        cases.append({"name": name, "row": given, "expect": wanted | (reasons or {})})

    by_grade = {"A": 120, "B": 60, "C": 30, "D": 0}
    by_identity = {"high": BEST, "medium": MIDDLE, "low": LEAST}
    by_engagement = {"high": points(90), "medium": points(10, 9), "low": points(0, 3)}
    for grade, identity, engagement in itertools.product(by_grade, by_identity, by_engagement):
        values = {"patient_volume": by_grade[grade]} | by_identity[identity] | by_engagement[engagement]
        case(f"cell {grade} {identity} {engagement}", **values)
        got = cases[-1]["expect"]
        assert [got[k] for k in ("grade", "identity_level", "engagement_level")] == [grade, identity, engagement], got

    for volume in (1e9, 119.5, 81, 80, 79.5, 50, 45, 20, 10, 5, 4.9, 0.001, 0):
        case(f"volume {volume}", patient_volume=volume, **MIDDLE, **NOBODY)
    case("negative volume counts as missing", patient_volume=-1, patients_per_week=100, **BEST, **NOBODY)
    for patients in (0, 33, 50, 90, 400):
        case(f"scorecard, {patients} patients", patients_per_week=patients, **(MIDDLE | NOBODY))
    case("scorecard on patients alone", patients_per_week=45, **NOBODY)
    case("scorecard with too little known", title="chief_physician", hospital_level="三甲", **NOBODY)
    case("scorecard on the floor of A", patients_per_week=50, **(BEST | NOBODY))
    case(
        "identity on the floor of high",
        title="主任医师",
        hospital_level="三级甲等",
        society_offices=0,
        trials=5,
        publications=0,
        teaching=0,
        patient_volume=60,
        **points(90),
    )
    case(
        "identity on the floor of medium",
        title="resident_physician",
        hospital_level="below",
        society_offices=0,
        trials=5,
        publications=0,
        teaching=8.7,
        patient_volume=60,
        **NOBODY,
    )
    case(
        "identity, half of the weight known", title="副主任医师", trials=1, publications=12, patient_volume=60, **NOBODY
    )
    case("identity, less than half known", title="副主任医师", hospital_level="二甲", patient_volume=60, **NOBODY)
    case("a title that is not listed is missing", **(BEST | {"title": "professor"}), patient_volume=60, **NOBODY)
    case(
        "values beyond their range are cut",
        **(BEST | {"trials": 900, "publications": 1e6}),
        patient_volume=60,
        **points(1e9),
    )
    case(
        "values below their range are cut",
        **(BEST | {"trials": -2, "publications": -7}),
        patient_volume=60,
        **points(-40, 3),
    )
    case("engagement cancels out", patient_volume=60, **MIDDLE, **points(-20, 20))
    case("engagement by unsubscribing less", patient_volume=60, **MIDDLE, **points(50, -20))
    case("engagement, half covered", patient_volume=60, **MIDDLE, **points(50, 0, 0.5))
    case("engagement, less than half covered", patient_volume=60, **MIDDLE, **points(50, 0, 0.49))
    case("engagement, one channel missing", patient_volume=60, **MIDDLE, **points(50, None, 1))
    case("engagement, no coverage", patient_volume=60, **MIDDLE, **points(50, 0, None))
    reasons = {
        "reason_en": "Tier 8 (ordinary): grade C counted for unknown potential; identity unknown, counted as low (title, hospital "
        "level, society offices, trials, publications, teaching unknown); engagement unknown, counted as low",
        "reason_zh": "第8层（普通型）：潜力未知，按C级计；身份未知，按低计（职称、医院等级、学会任职、临床试验、论文、教学未知）；互动未知，按低计",
    }
    case("nothing known", reasons)
    reasons = {
        "reason_en": "Tier 1 (pioneer): grade A (volume decile 10); identity 100.0 (high); engagement 100.0 (high, mostly visit)",
        "reason_zh": "第1层（先锋型）：A级（潜力第10十分位）；身份100.0分（高）；互动100.0分（高，主要来自拜访）",
    }
    case("everything at its best", reasons, patient_volume=1e6, **BEST, **points(1e6, 0.5e6))
    reasons = {
        "reason_en": "Tier 4 (ordinary): grade B (no volume known; scorecard 55.0, hospital level, title unknown); identity 54.2 "
        "(medium; title, hospital level unknown); engagement 0.0 (low)",
        "reason_zh": "第4层（普通型）：B级（无潜力数据，评分卡55.0分，医院等级、职称未知）；身份54.2分（中，职称、医院等级未知）；互动0.0分（低）",
    }
    values = {"society_offices": 1, "trials": 3, "publications": 50, "teaching": 5}
    case("scorecard and part of identity", reasons, patients_per_week=55, **values, **NOBODY)

    lines = ",\n".join("    " + json.dumps(c, ensure_ascii=False) for c in cases)
    rows = ",\n".join("    " + json.dumps(p) for p in population)
    print(
        '{\n  "about": "made by make_segments.py; null is missing; scores are exact to 2^-19",\n  "policy": "default",'
    )
    print(f'  "population": [\n{rows}\n  ],\n  "cases": [\n{lines}\n  ]\n}}')


if __name__ == "__main__":
    main()
