"""Doctor A of docs/worked-example.md: what tierwise says of A, and the tables and sentences of both documents.

`python tests/python/worked_example.py` writes tests/cases/doctor_a.json and the marked blocks of the documents anew; look at what
changed before keeping it.
"""

from __future__ import annotations

import csv
import json
import pathlib
import re
from typing import Any

import pandas as pd
import tierwise

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASE = ROOT / "tests/cases/doctor_a.json"
DOCUMENTS = {"en": ROOT / "docs/worked-example.md", "zh": ROOT / "docs/worked-example.zh.md"}
POLICY = "examples/policies/worked-example.json"
HCPS = "examples/worked-example/doctor.csv"
INTERACTIONS = "examples/worked-example/contacts.csv"
AS_OF = "2025-12-31"
SCORES = ("potential", "identity", "engagement")


def rows_of(file: str) -> list[dict[str, str]]:
    with open(ROOT / file, encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def frames(policy: tierwise.Policy) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The doctor and the contacts; an empty cell is missing."""
    hcps = pd.DataFrame(rows_of(HCPS)).replace("", None)
    for name, attribute in policy.attributes.items():
        hcps[name] = hcps[name].astype("float64" if attribute["type"] == "number" else "string")
    return hcps, pd.DataFrame(rows_of(INTERACTIONS))


def found() -> dict[str, Any]:
    """What tierwise says of doctor A, as tests/cases/doctor_a.json has it."""
    policy = tierwise.Policy.from_file(ROOT / POLICY)
    hcps, contacts = frames(policy)
    result = tierwise.run(hcps, contacts, policy=policy, as_of=AS_OF)
    assert len(result) == 1 and len(result.rejected) == 0
    segment = {name: result.segments[name][0] for name in result.segments}
    profile = {name: result.profile_frame[name][0] for name in result.profile_frame}
    explained = result.explain("A").to_dict()
    built = tierwise.profile.build(policy, hcps, contacts, as_of=AS_OF)
    model = tierwise.segment.fit(policy, built)
    ways = {language: model.ways_up(built, language=language) for language in ("en", "zh")}
    way = {name: ways["en"][name][0] for name in ways["en"]}
    assert way["outcome"] == "found"
    expect = {
        "contacts_365d": {c: int(profile[f"contacts_{c}_365d"]) for c in policy.channels},
        "points": {c: float(profile[f"points_{c}"]) for c in policy.channels},
        "s0": model.s0,
        "potential": float(segment["potential"]),
        "potential_coverage": sum(
            p["weight_share"] for p in explained["scores"]["potential"]["contributions"] if p["known"]
        ),
        "grade": segment["grade"],
        "identity_score": float(segment["identity_score"]),
        "identity_coverage": float(segment["identity_coverage"]),
        "identity_level": segment["identity_level"],
        "engagement_score": float(segment["engagement_score"]),
        "engagement_coverage": float(segment["engagement_coverage"]),
        "engagement_level": segment["engagement_level"],
        "profile_type": segment["profile_type"],
        "tier": int(segment["tier"]),
        "resources": segment["resources"],
        "reason": {language: result.reason("A", language) for language in ("en", "zh")},
        "contributions": {score: explained["scores"][score]["contributions"] for score in SCORES},
        "way_up": {
            "times": {e["id"]: int(way[f"times_{e['id']}"]) for e in policy.to_dict()["segment"]["efforts"]},
            "cost": float(way["cost"]),
            "tier": int(way["tier_then"]),
            "engagement_score": float(way["engagement_score_then"]),
            "engagement_level": way["engagement_level_then"],
            "words": {language: ways[language]["words"][0] for language in ("en", "zh")},
        },
    }
    return {"policy": POLICY, "hcps": HCPS, "interactions": INTERACTIONS, "as_of": AS_OF, "expect": expect}


# ---- the documents -----------------------------------------------------------------------------------------------------

_WORDS = {
    "en": {
        "A": "A", "high": "high", "medium": "medium", "low": "low", "traditional": "traditional", "medium-high": "medium-high",
        "contacts": "| channel | in the year | on | depth | points each | half-life | points now |",
        "terms": "| column | what is known | share | weight | points |",
        "engagement": "| channel | points now | share of all | points of the score |",
        "efforts": "| effort | adds | hours | at most | made |",
        "answer": "| | score | coverage | |",
        "sum": "**together**", "unknown": "unknown", "days": "days", "times": "times", "year": "each month", "months": "months",
        "grade": "grade", "potential": "potential", "identity": "identity", "score_engagement": "engagement", "of": "of",
    },
    "zh": {
        "A": "A", "high": "高", "medium": "中", "low": "低", "traditional": "传统型", "medium-high": "中高",
        "contacts": "| 渠道 | 全年次数 | 日期 | 深度 | 每次积分 | 半衰期 | 当前积分 |",
        "terms": "| 列 | 已知信息 | 占比 | 权重 | 得分 |",
        "engagement": "| 渠道 | 当前积分 | 占全部积分 | 得分 |",
        "efforts": "| 行动 | 增加积分 | 工时 | 最多次数 | 采取次数 |",
        "answer": "| | 得分 | 覆盖率 | |",
        "sum": "**合计**", "unknown": "未知", "days": "天", "times": "次", "year": "每月", "months": "月",
        "grade": "级", "potential": "潜力", "identity": "身份", "score_engagement": "互动", "of": "/",
    },
}  # fmt: skip


def _table(header: str, rows: list[list[str]]) -> str:
    return "\n".join([header, "|---" * (header.count("|") - 1) + "|", *("| " + " | ".join(row) + " |" for row in rows)])


def _share(term: dict[str, Any], value: float, known: bool, out_of: float, counted: float) -> str:
    return f"{value / out_of * counted / term['weight']:.4f}" if known else "—"


def blocks(case: dict[str, Any], language: str) -> dict[str, str]:
    """The marked blocks of a document, from the table of cases, the policy and the files alone."""
    say, expect = _WORDS[language], case["expect"]
    policy = json.loads((ROOT / case["policy"]).read_text(encoding="utf-8"))
    doctor, contacts = rows_of(case["hcps"])[0], rows_of(case["interactions"])
    segment, channels = policy["segment"], policy["channels"]
    out = {}

    def on(channel: str) -> str:
        dates = [c["date"] for c in contacts if c["channel"] == channel]
        months, day = [int(date[5:7]) for date in dates], int(dates[0][8:])
        assert all(int(date[8:]) == day for date in dates)
        listed = ", ".join(str(m) for m in months) if len(months) < 12 else "1–12"
        return f"{listed} 月 {day} 日" if language == "zh" else f"day {day} of months {listed}"

    rows = []
    for channel, what in channels.items():
        depths = {c["depth"] for c in contacts if c["channel"] == channel}
        assert len(depths) == 1
        depth = depths.pop()
        rows.append([what["name"][language], str(expect["contacts_365d"][channel]), on(channel), f"`{depth}`",
                     str(what["depths"][depth]), f"{what['half_life_days']} {say['days']}", f"{expect['points'][channel]:.3f}"])  # fmt: skip
    rows.append([say["sum"], str(len(contacts)), "", "", "", "", f"{sum(expect['points'].values()):.3f}"])
    out["contacts"] = _table(say["contacts"], rows)

    for score, card in (("potential", segment["potential"]["card"]), ("identity", segment["identity"])):
        parts = expect["contributions"][score]
        counted = sum(t["weight"] for t, p in zip(card["terms"], parts, strict=True) if p["known"] or "missing" in t)
        rows = []
        for term, part in zip(card["terms"], parts, strict=True):
            known = doctor[term["column"]] or say["unknown"]
            if "grid" in term:
                known += " × " + doctor[term["grid"]["by"]]
            share = _share(term, part["value"], part["known"], card.get("out_of", 100), counted)
            rows.append([f"`{term['column']}`", known, share, str(term["weight"]), f"{part['value']:.3f}"])
        value = expect["potential" if score == "potential" else "identity_score"]
        rows.append(
            [say["sum"], "", "", f"{counted} {say['of']} {sum(t['weight'] for t in card['terms'])}", f"{value:.3f}"]
        )
        out[score] = _table(say["terms"], rows)

    points = sum(expect["points"].values())
    rows = [
        [channels[p["column"]]["name"][language], f"{expect['points'][p['column']]:.3f}",
         f"{expect['points'][p['column']] / points:.4f}", f"{p['value']:.3f}"]
        for p in expect["contributions"]["engagement"]
    ]  # fmt: skip
    rows.append([say["sum"], f"{points:.3f}", "1.0000", f"{expect['engagement_score']:.3f}"])
    out["engagement"] = (
        f"100 · (1 − e^(−{points:.3f} / {expect['s0']:.0f})) = {expect['engagement_score']:.3f}\n\n"
        + _table(say["engagement"], rows)
    )

    grade = f"{expect['grade']} {say['grade']}" if language == "zh" else f"{say['grade']} {expect['grade']}"
    out["answer"] = (
        _table(
            say["answer"],
            [
                [say["potential"], f"{expect['potential']:.0f}", f"{expect['potential_coverage']:.2f}", grade],
                [say["identity"], f"{expect['identity_score']:.3f}", f"{expect['identity_coverage']:.2f}", say[expect["identity_level"]]],
                [say["score_engagement"], f"{expect['engagement_score']:.3f}", f"{expect['engagement_coverage']:.2f}", say[expect["engagement_level"]]],
            ],
        )
        + f"\n\n> {expect['reason'][language]}"
    )  # fmt: skip

    way = expect["way_up"]
    rows = [
        [
            channels[e["id"]]["name"][language],
            str(e["step"]),
            str(e["cost"]),
            str(e["most"]),
            str(way["times"][e["id"]]),
        ]
        for e in segment["efforts"]
    ]
    out["way"] = f"> {way['words'][language]}\n\n" + _table(say["efforts"], rows)
    return out


def _mark(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {name} -->\n)((?:(?!<!--).)*)(<!-- end -->)", re.DOTALL)


def block_of(text: str, name: str) -> str:
    matches = _mark(name).findall(text)
    assert len(matches) == 1, name
    return str(matches[0][1]).removesuffix("\n")


def main() -> None:
    case = found()
    CASE.write_text(json.dumps(case, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for language, file in DOCUMENTS.items():
        text = file.read_text(encoding="utf-8")
        for name, block in blocks(case, language).items():
            text = _mark(name).sub(lambda m, block=block: m[1] + block + "\n" + m[3], text)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
