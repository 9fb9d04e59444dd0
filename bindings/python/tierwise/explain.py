"""Words for people: the explanation of one doctor, and the summary of a batch. English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core, _frames
from .errors import ArgumentError, Place
from .policy import Policy
from .result import Explanation, contributions
from .segment import Language

if TYPE_CHECKING:
    from .result import Result

_WORDS = {
    "en": {
        "tier": "Tier {tier}, {resources} resources",
        "potential": "Potential",
        "identity": "Identity",
        "engagement": "Engagement",
        "of100": "{value} of {out_of}, {level}, from {coverage} of the weight",
        "points": "{value} of {out_of}, {level}, {coverage} of the contacts usable",
        "volume": "volume {value}, decile {decile}, grade {grade}",
        "card": "no volume; scorecard {value} of {out_of}, grade {grade}",
        "unknown": "unknown, counts as the policy says",
        "part": "{column}: {value}",
        "gap": "{column}: unknown, its weight went to the others",
        "tags": "Tags",
        "since": " since {date}",
        "none": "none",
        "next": "Next actions",
        "dropped": "Not suggested, and why",
        "line": "{why} ({rule}): {what}",
        "by": "{action} ({channels})",
        "expires": " (until {date})",
    },
    "zh": {
        "tier": "第 {tier} 层，资源投入：{resources}",
        "potential": "潜力",
        "identity": "身份",
        "engagement": "互动",
        "of100": "{value} 分（满分 {out_of}），{level}，依据 {coverage} 的权重",
        "points": "{value} 分（满分 {out_of}），{level}，{coverage} 的接触记录可用",
        "volume": "量 {value}，第 {decile} 十分位，{grade} 级",
        "card": "无量数据；评分卡 {value} 分（满分 {out_of}），{grade} 级",
        "unknown": "未知，按策略规定计",
        "part": "{column}：{value}",
        "gap": "{column}：未知，其权重分给其余各项",
        "tags": "标签",
        "since": "（自 {date}）",
        "none": "无",
        "next": "建议的行动",
        "dropped": "未建议的及原因",
        "line": "{why}（{rule}）：{what}",
        "by": "{action}（{channels}）",
        "expires": "（有效期至 {date}）",
    },
}
_STAGES = (
    "available",
    "consent",
    "eligible",
    "applicable",
    "suitable",
    "contact_policy",
    "value_floor",
    "arbitration",
)
_LEVELS_ZH = {"high": "高", "medium": "中", "low": "低", "medium-high": "中高", "medium-low": "中低", "lower": "更低"}


def _cell(raw: Any, row: int) -> Any:
    """One cell of a column of the extension as a Python value; None where it is unknown."""
    out = _frames.out_of(raw)
    if isinstance(out, _frames.Text):
        return None if out.codes[row] < 0 else out.names[out.codes[row]]
    if isinstance(out, _frames.Ints):
        return int(out.values[row]) if out.valid[row] else None
    if isinstance(out, _frames.Dates):
        known = out.valid is None or bool(out.valid[row])
        return str(out.days[row : row + 1].astype("datetime64[D]")[0]) if known else None
    if isinstance(out, list):
        return out[row]
    value = out[row].item()
    return None if isinstance(value, float) and value != value else value


def _points(value: float | None) -> str:
    """Of a score: two decimals, none where there are none. (The sentence above has one, cut off rather than rounded, so that no score
    looks as if it had reached a cut.)"""
    return "?" if value is None else f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def _percent(value: float | None) -> str:
    return "?" if value is None else f"{100 * value:.0f} %"


def explain_row(result: Result, row: int, hcp_id: str | int, language: Language) -> Explanation:
    """The explanation of the doctor in a row of the result."""
    if language not in _WORDS:
        raise ArgumentError("invalid_argument", 'expected "en" or "zh"', Place(column="language"))
    core = result._core.again(row)  # one doctor alone has the same answer, and a trace
    segment = {name: _cell(raw, 0) for name, raw in core.segments().items()}
    data: dict[str, Any] = {
        "hcp_id": hcp_id,
        "as_of": core.as_of,
        "tier": segment["tier"],
        "resources": segment["resources"],
        "grade": segment["grade"],
        "decile": segment["decile"],
        "profile_type": segment["profile_type"],
        "reason": core.reason(0, language),
        "scores": _scores(core, segment),
        "tags": _tags(core, result.policy),
        "recommendations": _picks(core, language, result.policy),
        "dropped": _drops(core),
    }
    return Explanation(_text(result, data, language), data)


def _scores(core: _core.Answer, segment: dict[str, Any]) -> dict[str, Any]:
    scores: dict[str, Any] = {}
    for score in ("potential", "identity", "engagement"):
        parts = [part.__dict__ for part in contributions(core, 0, score)]
        if score == "potential":
            scores[score] = {"value": segment["potential"], "basis": _cell(core.bases(), 0), "contributions": parts}
        else:
            scores[score] = {
                "value": segment[f"{score}_score"],
                "coverage": segment[f"{score}_coverage"],
                "level": segment[f"{score}_level"],
                "contributions": parts,
            }
    return scores


def _tags(core: _core.Answer, policy: Policy) -> list[dict[str, Any]]:
    definitions = policy.tags
    _, tags, days, known = core.tags(1)
    since = days.astype("datetime64[D]").astype(str)
    return [
        {
            "tag": definitions[tag]["id"],
            "name": {"en": definitions[tag]["name_en"], "zh": definitions[tag]["name_zh"]},
            "layer": definitions[tag]["layer"],
            "since": str(since[i]) if known[i] else None,
        }
        for i, tag in enumerate(tags)
    ]


def _picks(core: _core.Answer, language: Language, policy: Policy) -> list[dict[str, Any]]:
    from .report.texts import in_chinese, names_of

    columns = core.picks()
    reasons = core.pick_reasons(language, 1)
    if language == "zh":
        names = names_of(policy._document)
        reasons = [in_chinese(reason, names) for reason in reasons]
    return [
        {**{name: _cell(raw, pick) for name, raw in columns.items()}, "reason": reason}
        for pick, reason in enumerate(reasons)
    ]


def _drops(core: _core.Answer) -> list[dict[str, Any]]:
    columns = core.drops()
    return [{name: _cell(raw, drop) for name, raw in columns.items()} for drop in range(len(core.drop_rows()))]


def _out_of(policy: Policy, score: str) -> float:
    """The highest score that a card can give; 100 where the policy says nothing else."""
    section = policy._document["segment"].get(score, {})
    card = section.get("card", {}) if score == "potential" else section
    return float(card.get("out_of", 100))


def _text(result: Result, data: dict[str, Any], language: Language) -> str:
    say = _WORDS[language]

    def level(name: str | None) -> str:
        if name is None:
            return "?"
        return _LEVELS_ZH.get(name, name) if language == "zh" else name

    from .report.texts import column_name, names_of, rule_name

    names, which = names_of(result.policy._document), ("en", "zh").index(language)

    def header(text: str) -> str:
        return f"{text}{'：' if language == 'zh' else ': '}"

    lines = [say["tier"].format(tier=data["tier"], resources=level(data["resources"])), data["reason"], ""]
    for name, score in data["scores"].items():
        if score["value"] is None:
            what = say["unknown"]
        elif name != "potential":
            form = say["of100" if name == "identity" else "points"]
            what = form.format(
                value=_points(score["value"]),
                out_of=_points(_out_of(result.policy, name)),
                level=level(score["level"]),
                coverage=_percent(score["coverage"]),
            )
        else:
            form = say["volume" if score["basis"] == "volume" else "card"]
            what = form.format(
                value=_points(score["value"]),
                out_of=_points(_out_of(result.policy, name)),
                decile=data["decile"],
                grade=data["grade"],
            )
        lines.append(header(say[name]) + what)
        for part in score["contributions"]:
            lines.append(
                "  "
                + say["part" if part["known"] else "gap"].format(
                    column=column_name(part["column"], names)[which], value=_points(part["value"])
                )
            )
    tags = [
        (tag["name"][language] or tag["name"]["en"]) + (say["since"].format(date=tag["since"]) if tag["since"] else "")
        for tag in data["tags"]
    ]
    lines += [
        header(say["tags"]) + (("、" if language == "zh" else ", ").join(tags) or say["none"]),
        "",
        header(say["next"]).strip(),
    ]
    for pick in data["recommendations"]:
        until = say["expires"].format(date=pick["expires"]) if pick["action_id"] != "do_nothing" else ""
        lines.append(f"  {pick['rank']}. {pick['reason']}{until}")
    if data["dropped"]:
        lines += ["", header(say["dropped"]).strip()]
    comma = "、" if language == "zh" else ", "
    for rule, channels_of in _by_rule(data["dropped"]).items():
        what = comma.join(
            say["by"].format(
                action=names["actions"][action][language],
                channels=comma.join(names["channels"][channel][language] for channel in by),
            )
            for action, by in channels_of.items()
        )
        lines.append("  " + say["line"].format(why=rule_name(rule, names)[which], rule=rule, what=what))
    return "\n".join(lines)


def _by_rule(dropped: list[dict[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Rule → action → channels, rules in the order of the funnel."""
    found: dict[tuple[int, str], dict[str, list[str]]] = {}
    for drop in dropped:
        actions = found.setdefault((_STAGES.index(drop["stage"]), drop["rule"]), {})
        channels = actions.setdefault(drop["action_id"], [])
        if drop["channel"] not in channels:
            channels.append(drop["channel"])
    return {rule: actions for (_, rule), actions in sorted(found.items())}


# ---- a batch ----------------------------------------------------------------------------------------------------------


def summary_of(result: Result) -> str:
    """A short text on a whole result."""
    core, rows = result._core, len(result)
    lines = [
        f"tierwise, policy '{result.policy.name}', as of {result.as_of}: {rows:,} doctors, {result.contacts_used:,} contacts"
    ]
    if result.contacts_later:
        lines.append(f"{result.contacts_later:,} contacts are dated later and were not looked at")
    lines += _tier_lines(result)
    lines += _unknown_lines(result)
    lines += _action_lines(result)
    lines += _funnel_lines(result)
    codes = _frames.out_of(core.rejected()["code"])
    if isinstance(codes, _frames.Text) and len(codes.codes):
        counts = np.bincount(codes.codes, minlength=len(codes.names))
        lines.append(
            f"rejected rows: {len(codes.codes):,} ("
            + ", ".join(f"{name} {n:,}" for name, n in zip(codes.names, counts, strict=True))
            + ")"
        )
    return "\n".join([*lines, *result.notes])


def _tier_lines(result: Result) -> list[str]:
    cells: dict[int, tuple[str, set[str]]] = {}
    for cell in result.policy.tiers:
        cells.setdefault(cell["tier"], (cell["resources"], set()))[1].add(cell["profile_type"])
    lines = ["", "tier   doctors   share   resources     profile"]
    for tier, count in result.tier_counts.items():
        resources, types = cells.get(tier, ("", set()))
        kind = next(iter(types)) if len(types) == 1 else "any"
        lines.append(f"{tier:>4}  {count:>8,}  {100 * count / max(1, len(result)):>5.1f}%   {resources:<12}  {kind}")
    return [*lines, ""]


def _unknown_lines(result: Result) -> list[str]:
    segments = {name: _frames.out_of(raw) for name, raw in result._core.segments().items()}
    counts_as_of = result.policy.unknown_as
    basis = _frames.out_of(result._core.bases())
    lines = []
    if isinstance(basis, _frames.Text):
        by_card = int(np.sum(basis.codes == list(basis.names).index("scorecard")))
        if by_card:
            lines.append(f"grade of {by_card:,} doctors by scorecard, for want of a volume")
    for name, column in (("grade", "grade"), ("identity", "identity_level"), ("engagement", "engagement_level")):
        out = segments[column]
        unknown = int(np.sum(out.codes < 0)) if isinstance(out, _frames.Text) else 0
        if unknown:
            lines.append(f"{name} of {unknown:,} doctors is unknown and counts as {counts_as_of[name]}")
    return lines


def _action_lines(result: Result) -> list[str]:
    columns = result._core.picks()
    actions, channels = _frames.out_of(columns["action_id"]), _frames.out_of(columns["channel"])
    if not isinstance(actions, _frames.Text) or not isinstance(channels, _frames.Text):
        return []
    nothing = int(np.sum(actions.codes == len(actions.names) - 1))
    lines = [f"{len(result) - nothing:,} doctors have a next action, {nothing:,} have none"]
    first = (np.asarray(columns["rank"]) == 1) & (actions.codes != len(actions.names) - 1)
    pairs, counts = np.unique(actions.codes[first] * len(channels.names) + channels.codes[first], return_counts=True)
    for at in np.argsort(-counts, kind="stable")[:5]:
        action, channel = divmod(int(pairs[at]), len(channels.names))
        lines.append(f"  {counts[at]:>8,}  {actions.names[action]} by {channels.names[channel]}")
    return lines


def _funnel_lines(result: Result) -> list[str]:
    columns = {name: _frames.out_of(raw) for name, raw in result._core.funnel().items()}
    stage, candidates = columns["stage"], np.asarray(columns["candidates"])
    if not isinstance(stage, _frames.Text) or not len(candidates):
        return []
    sums = np.bincount(stage.codes, weights=candidates, minlength=len(stage.names)).astype(np.int64)
    return ["candidates dropped: " + ", ".join(f"{name} {n:,}" for name, n in zip(stage.names, sums, strict=True) if n)]
