"""Every word of the report, in English and Chinese; and names of things that policies leave in English."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = [
    "ACTION_STOPS",
    "LEVELS",
    "PROFILE_TYPES",
    "RESOURCES",
    "STAGES",
    "TEXTS",
    "Both",
    "column_name",
    "in_chinese",
    "names_of",
    "rule_name",
    "say",
    "word",
]

Both = tuple[str, str]
"""The same in English and Chinese."""

TEXTS: dict[str, Both] = {
    "title": ("Nine tiers and next best actions", "九层分级与下一步最佳行动"),
    "title_n": ("{n} tiers and next best actions", "{n} 层分级与下一步最佳行动"),
    "skip": ("Skip to the content", "跳到正文"),
    "language": ("Language", "语言"),
    "meta": (
        "Decided as of {as_of} by the policy “{policy}” from {contacts} contacts; nothing later was looked at.",
        "按策略“{policy}”以 {as_of} 为截止日作出，使用了 {contacts} 条接触记录；此后的记录均未使用。",
    ),
    "later": ("{n} contacts are dated later and were left alone.", "另有 {n} 条接触记录晚于截止日，未予使用。"),
    "kpi_doctors": ("doctors", "位医生"),
    "kpi_top": ("in tiers 1 to 3", "位于第 1–3 层"),
    "kpi_volume": ("grades from known volume", "潜力等级依据已知的量"),
    "kpi_action": ("have a next action", "有下一步行动"),
    "kpi_nothing": ("best left alone for now", "目前以不打扰为宜"),
    "kpi_rejected": ("rejected rows and cells", "被拒收的行或单元格"),
    "contents": ("Contents", "目录"),
    "nav_tiers": ("Tiers", "分级"),
    "nav_scores": ("Scores", "评分"),
    "nav_actions": ("Actions", "行动"),
    "nav_funnel": ("Funnel", "漏斗"),
    "nav_doctors": ("Doctors", "医生"),
    "nav_quality": ("Data", "数据"),
    "tiers": ("Who is where", "谁在哪一层"),
    "tiers_how": (
        "Each cell is a combination of potential (grade, rows), professional standing (identity) and what passes between doctor and company (engagement). The number is how many doctors are in it, the small figure the tier; the stronger the colour, the more important. Look first at large numbers on strong colour: many doctors of grade A or B under low engagement are where attention is missing.",
        "每一格是潜力等级（行）、专业身份与互动程度（列）的一种组合。大数字为医生人数，小数字为层级，颜色越醒目越重要。请先看颜色醒目且人数多的格子：A、B 级而互动低的医生若多，正是投入不足之处。",
    ),
    "matrix": ("Doctors by grade, identity and engagement", "按潜力等级、身份与互动划分的医生人数"),
    "grade": ("Grade", "等级"),
    "grade_n": ("Grade {n}", "{n} 级"),
    "identity": ("Identity", "身份"),
    "engagement": ("Engagement", "互动"),
    "potential": ("Potential", "潜力"),
    "total": ("Total", "合计"),
    "unknown": ("unknown", "未知"),
    "unknown_as": ("unknown, counts as {as_}", "未知，按 {as_} 计"),
    "unknown_note": ("Unknown is not low.", "未知不等于低。"),
    "unknown_identity": (
        "The identity of {n} doctors is unknown; the policy places them as {as_}.",
        "{n} 位医生的身份未知，策略将其计为“{as_}”。",
    ),
    "unknown_engagement": (
        "The engagement of {n} doctors is unknown; the policy places them as {as_}.",
        "{n} 位医生的互动程度未知，策略将其计为“{as_}”。",
    ),
    "heads": ("Doctors and resources by tier", "各层级人数与资源投入"),
    "heads_how": (
        "How many doctors share each level of resources. If the top tiers hold more doctors than the team can serve well, raise the cuts in the policy; if they are almost empty, lower them.",
        "每一资源档对应多少医生。若上层人数超出团队服务能力，请在策略中提高门槛；若几乎为空，请降低门槛。",
    ),
    "tier": ("Tier", "层级"),
    "profile_type": ("Profile", "类型"),
    "resources": ("Resources", "资源投入"),
    "doctors": ("Doctors", "医生数"),
    "share": ("Share", "占比"),
    "scores": ("How the scores are spread", "评分分布"),
    "scores_how": (
        "Each bar is a range of five points; dashed lines are the cuts of the policy. A cut through a tall bar splits doctors who are nearly alike: move it to a valley, if there is one.",
        "每根柱为 5 分一段，虚线为策略的分界。若分界穿过高柱，便把相近的医生分开了：如附近有低谷，宜移至低谷。",
    ),
    "identity_chart": ("Identity score (0–100)", "身份评分（0–100）"),
    "engagement_chart": ("Engagement score (0–100)", "互动评分（0–100）"),
    "card_chart": ("Potential by scorecard (0–100)", "潜力评分卡（0–100）"),
    "decile_chart": ("Potential by volume: deciles", "按量计的潜力：十分位"),
    "decile_how": (
        "Each decile holds the same volume, not the same number of doctors: the few in decile 10 bring as much as the many in decile 1. Decile 0 has none.",
        "每个十分位的量相同而人数不同：第 10 十分位的少数医生与第 1 十分位的多数医生贡献相当；第 0 十分位没有量。",
    ),
    "known_of": ("{known} doctors, {unknown} unknown", "{known} 位医生，{unknown} 位未知"),
    "no_volume": ("{n} doctors have no known volume and are not in this picture.", "{n} 位医生的量未知，不在图中。"),
    "known_all": ("{known} doctors", "{known} 位医生"),
    "floors": ("cuts: {floors}", "分界：{floors}"),
    "basis": ("Where grades come from", "潜力等级的依据"),
    "basis_volume": ("a known volume", "已知的量"),
    "basis_scorecard": ("a scorecard, for want of a volume", "评分卡（缺少量数据）"),
    "basis_unknown": ("nothing: unknown, counts as {as_}", "无依据：未知，按 {as_} 计"),
    "basis_how": (
        "A grade by scorecard is a guess from what is known, not a volume; a grade from nothing is only a place to stand. Buying or asking for volumes pays most where the last two bars are long.",
        "评分卡等级是由已知信息推断的，并非实际的量；无依据的等级只是暂放之处。后两条越长，补充量数据越值得。",
    ),
    "actions": ("What to do next", "下一步做什么"),
    "actions_how": (
        "For how many doctors an action by a channel is the first choice. Read down a channel to see the work it will carry; compare with what the team and the budget can do. “Do nothing” is a decision too: a contact now would break a limit, a consent or a rule.",
        "某行动经某渠道作为首选的医生人数。竖看各渠道即该渠道将承担的工作量，请与团队和预算的能力相比。“不打扰”同样是一种决定：此刻接触会违反频次、授权或规则。",
    ),
    "action": ("Action", "行动"),
    "nothing": ("Do nothing for now", "暂不打扰"),
    "first_caption": ("First choice, doctors by action and channel", "首选行动：按行动与渠道的医生人数"),
    "more_picks": (
        "{all} suggestions in all, first choices for {first} doctors among them.",
        "共 {all} 条建议，其中首选涉及 {first} 位医生。",
    ),
    "funnel": ("Why not more", "为什么不是更多"),
    "funnel_how": (
        "Every doctor starts with every action, channel and content: {total} candidates. Each leaves at the first rule that stops it. The bar is what is left after a stage. If consent takes most, ask for consents; if the contact limits do, the team is at its limits already.",
        "每位医生都从全部“行动 × 渠道 × 内容”出发，共 {total} 个候选；每个候选在第一条拦住它的规则处离开。条形为该阶段后剩余的数量。若授权拦下最多，应先征得同意；若频次限制拦下最多，说明接触已达上限。",
    ),
    "funnel_caption": ("The funnel, stage by stage", "漏斗：逐阶段"),
    "stage": ("Stage", "阶段"),
    "dropped": ("Dropped", "排除"),
    "left": ("Left", "剩余"),
    "rule": ("Rule", "规则"),
    "candidates": ("Candidates", "候选"),
    "rules_caption": ("The rules that dropped most", "排除最多的规则"),
    "all_rules": ("All rules", "全部规则"),
    "suggested": ("suggested", "已建议"),
    "people": ("A few doctors, and why", "几位医生及其原因"),
    "people_how": (
        "Not a sample: the most pressing doctor of the top tiers, one whose potential is unknown, and one who is best left alone. The bars show what each score is made of; the parts add up to it. For anybody else: tierwise explain --id ID.",
        "并非抽样：上层中最紧要的医生、一位潜力未知的医生、一位以不打扰为宜的医生。条形为各评分的构成，各部分之和即评分。其他医生：tierwise explain --id ID --language zh。",
    ),
    "why_unknown_potential": ("potential unknown", "潜力未知"),
    "why_scorecard": ("potential by scorecard", "潜力来自评分卡"),
    "why_volume": ("potential by known volume", "潜力来自已知的量"),
    "why_nothing": ("nothing to do", "暂不打扰"),
    "tier_n": ("Tier {n}", "第 {n} 层"),
    "volume": ("volume {value}, decile {decile}", "量 {value}，第 {decile} 十分位"),
    "card": ("scorecard {value}", "评分卡 {value} 分"),
    "tags": ("Tags", "标签"),
    "no_tags": ("no tags", "无标签"),
    "next": ("Next", "下一步"),
    "not_suggested": ("Not suggested", "未建议"),
    "dropped_n": ("{n} candidates", "{n} 个候选"),
    "not_known": ("not known, its weight went to the others", "未知，其权重分给其余各项"),
    "zero_parts": ("nothing from: {parts}", "以下各项为零：{parts}"),
    "priority": ("priority", "优先级"),
    "until": ("until {date}", "有效期至 {date}"),
    "since": ("since {date}", "自 {date}"),
    "tag_caption": ("Tags that most doctors have", "最常见的标签"),
    "tag": ("Tag", "标签"),
    "layer": ("Layer", "类别"),
    "quality": ("What the data lacked", "数据的不足"),
    "quality_how": (
        "Nothing is repaired in silence: a row or cell that could not be used is counted here and listed in rejected.csv with its line and reason. Mend the source and run again.",
        "不做任何暗中修补：不能使用的行或单元格都计入此处，并连同行号与原因列于 rejected.csv。请修正源数据后重新运行。",
    ),
    "rejected_caption": ("Rejected rows and cells", "被拒收的行与单元格"),
    "file": ("File", "文件"),
    "column": ("Column", "列"),
    "reason": ("Reason", "原因"),
    "count": ("Count", "数量"),
    "rows_read": ("Rows", "行数"),
    "none_rejected": ("Every row was used: nothing was rejected.", "所有行均已使用，无拒收。"),
    "tables_caption": ("Tables read", "读入的表"),
    "known_caption": ("How much is known", "已知程度"),
    "known": ("Known", "已知"),
    "counts_as": ("Unknown counts as", "未知计为"),
    "notes": ("To know", "说明"),
    "footer": (
        "Made by tierwise {version} with the policy “{policy}”. The same inputs, policy and date give the same numbers. The file reads nothing from the network. It names doctors by their ids: treat it as personal data.",
        "由 tierwise {version} 按策略“{policy}”生成。输入、策略与日期相同，结果即相同。本文件不访问网络。其中以编号指称医生，请按个人信息保管。",
    ),
    "sort_hint": ("Press a column's name to sort.", "点按列名可排序。"),
}

LEVELS: dict[str, str] = {"high": "高", "medium": "中", "low": "低"}
RESOURCES: dict[str, str] = {
    "high": "高",
    "medium-high": "中高",
    "medium": "中",
    "medium-low": "中低",
    "low": "低",
    "lower": "更低",
}
PROFILE_TYPES: dict[str, str] = {
    "pioneer": "先锋型",
    "traditional": "传统型",
    "rising star": "新星型",
    "ordinary": "普通型",
}
STAGES: dict[str, Both] = {
    "available": ("available", "可用性"),
    "consent": ("consent", "授权同意"),
    "eligible": ("eligible", "准入条件"),
    "applicable": ("applicable", "适用性"),
    "suitable": ("suitable", "适宜性"),
    "contact_policy": ("contact policy", "接触频次"),
    "value_floor": ("value floor", "价值门槛"),
    "arbitration": ("arbitration", "择优"),
}
LAYERS: dict[str, str] = {"basic": "基本", "behaviour": "行为", "preference": "偏好"}
TABLE_NAMES: dict[str, str] = {
    "hcps": "医生",
    "interactions": "接触记录",
    "consents": "授权",
    "history": "历史建议",
    "actions": "行动目录",
}
ACTION_STOPS: dict[str, Both] = {
    "arbitration/same_action": (
        "the same action by another channel or content came first",
        "同一行动已由其他渠道或内容选中",
    ),
    "arbitration/max_actions": ("the doctor has enough suggestions already", "该医生的建议数已满"),
    "value_floor/floor": ("priority below the floor", "优先级低于门槛"),
}
_RULES: dict[str, Both] = {
    "available/content": ("content not approved on this day: {name}", "内容当日未获批准：{name}"),
    "available/stock": ("out of stock: {name}", "无库存：{name}"),
    "available": ("not available on this day: {name}", "当日不可用：{name}"),
    "consent/withdrawn": ("turned away from {name}", "已退订：{name}"),
    "consent": ("no consent for {name}", "未获同意：{name}"),
    "eligible": ("not eligible: {name}", "不符合准入：{name}"),
    "applicable": ("does not apply: {name}", "不适用：{name}"),
    "suitable": ("not suitable now: {name}", "目前不适宜：{name}"),
    "gap": ("too soon after the last contact ({name})", "距上次接触过近（{name}）"),
    "cap": ("limit of contacts reached ({name})", "接触次数已达上限（{name}）"),
}
COLUMNS: dict[str, Both] = {
    "title": ("title", "职称"),
    "hospital_level": ("hospital level", "医院等级"),
    "society_offices": ("society offices", "学会任职"),
    "trials": ("trials", "临床试验"),
    "publications": ("publications", "论文"),
    "teaching": ("teaching and congresses", "教学与会议"),
    "patients_per_week": ("patients a week", "每周患者数"),
    "patient_volume": ("patient volume", "患者量"),
    "specialist": ("specialist", "专科医生"),
    "mean_samples_per_call": ("samples a visit", "每次拜访样品数"),
    "points": ("contacts", "接触"),
}
CODES: dict[str, Both] = {
    "missing_value": ("a value is missing", "缺少值"),
    "invalid_date": ("not a possible date", "日期不成立"),
    "not_finite": ("not a finite number", "不是有限的数"),
    "out_of_range": ("out of range", "超出范围"),
    "unknown_hcp": ("no such doctor in the table of doctors", "医生表中无此医生"),
    "duplicate_hcp": ("the doctor is there twice", "医生重复出现"),
    "unknown_channel": ("a channel that the policy does not have", "策略中没有的渠道"),
    "unknown_depth": ("a depth that the channel does not have", "该渠道没有的互动深度"),
    "duplicate_event": ("the event is there twice", "事件重复出现"),
    "unknown_action": ("an action that the policy does not have", "策略中没有的行动"),
    "unknown_outcome": ("not an outcome", "不是有效的结果"),
    "rejected_hcp": ("the doctor's own row was rejected", "该医生本身的行已被拒收"),
    "wrong_type": ("cannot be read as what the column holds", "无法按该列的类型读取"),
    "wrong_cell_count": ("the row has too few or too many cells", "该行单元格过多或过少"),
    "not_utf8": ("not UTF-8 text", "不是 UTF-8 文本"),
    "unknown_purpose": ("a purpose that the policy does not have", "策略中没有的目的"),
    "unknown_tag": ("a tag that the registry does not have", "标签库中没有的标签"),
    "unknown_word": ("not a word that the column may hold", "该列不接受的词"),
    "period_ends_early": ("a period that ends before it begins", "期间的结束早于开始"),
    "duplicate_statement": ("the id belongs to another statement too", "该编号另有一条不同的声明"),
    "dangling_withdrawal": ("a withdrawal that takes back nothing", "撤回没有对应的声明"),
}


def say(key: str, **values: Any) -> Both:
    """A text with its values in both languages. A value may itself be a pair."""
    return tuple(  # type: ignore[return-value]
        text.format(**{name: value[i] if isinstance(value, tuple) else value for name, value in values.items()})
        for i, text in enumerate(TEXTS[key])
    )


def word(text: str, chinese: Mapping[str, str]) -> Both:
    """A name of the policy; in Chinese where it is a known one."""
    return text, chinese.get(text, text)


def names_of(document: Mapping[str, Any]) -> dict[str, dict[str, dict[str, str]]]:
    """Names of channels, actions, contents and tags of a policy: kind → id → {en, zh}."""

    def of(entry: Mapping[str, Any], fallback: str) -> dict[str, str]:
        name = entry.get("name") or {}
        english = name.get("en") or fallback.replace("_", " ")
        return {"en": english, "zh": name.get("zh") or english}

    return {
        "channels": {key: of(channel, key) for key, channel in document["channels"].items()},
        "actions": {action["id"]: of(action, action["id"]) for action in document["recommend"]["actions"]},
        "contents": {
            content["id"]: of(content, content["id"]) for content in document["recommend"].get("contents", [])
        },
        "tags": {tag["id"]: of(tag, tag["id"]) for tag in document["tags"]},
        "limits": _limits(document),
    }


def _limits(document: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What each cap and gap says, as policies give them no names: kind/id → {en, zh}."""
    recommend = document["recommend"]
    actions = {action["id"]: action for action in recommend["actions"]}
    said = {}
    for kind, entries in (("cap", recommend.get("caps", [])), ("gap", recommend.get("gaps", []))):
        for entry in entries:
            scope = entry.get("of", {})
            about = [(document["channels"].get(scope.get("channel")) or {}), actions.get(scope.get("action"), {})]
            named = [(one.get("name") or {}).get("zh") for one in about]
            about_zh = "".join(name for name in named if name) or (
                f"“{scope['group']}”类行动" if scope.get("group") else "任意接触"
            )
            most = f" {entry['days']} 天内最多 {entry['max']} 次" if kind == "cap" else f"至少间隔 {entry['days']} 天"
            said[f"{kind}/{entry['id']}"] = {"en": entry["id"].replace("_", " "), "zh": f"{about_zh}{most}"}
    return said


def rule_name(rule: str, names: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Both:
    """What a rule of the funnel means."""
    if rule in ACTION_STOPS:
        return ACTION_STOPS[rule]
    for prefix, form in _RULES.items():
        if rule.startswith(prefix + "/"):
            of = rule[len(prefix) + 1 :]
            pair = _name_of(of if prefix not in ("gap", "cap") else rule, names) or (of.replace("_", " "), of)
            return form[0].format(name=pair[0]), form[1].format(name=pair[1])
    return rule, rule


def _name_of(what: str, names: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Both | None:
    kinds = ("actions", "contents", "channels", "limits")
    found = next((names[kind][what] for kind in kinds if what in names.get(kind, {})), None)
    return (found["en"], found["zh"]) if found else None


def in_chinese(reason: str, names: Mapping[str, Mapping[str, Mapping[str, str]]]) -> str:
    """A Chinese reason in which rules stand by their names instead of their ids ("gap/wechat_gap 7")."""

    def name(found: re.Match[str]) -> str:
        rule = found[0].rstrip()
        pair = _name_of(rule, names) or _name_of(rule.split("/")[-1], names)
        return pair[1] + "：" if pair else found[0]

    return re.sub(rf"(?:{'|'.join(_RULES)}|available|value)/[^\s，）]+ (?=[0-9])", name, reason)


def column_name(column: str, names: Mapping[str, Mapping[str, Mapping[str, str]]]) -> Both:
    """What a column of the profile means."""
    if column in COLUMNS:
        return COLUMNS[column]
    channels = names["channels"]
    if column in channels:
        return channels[column]["en"], channels[column]["zh"]
    for channel, name in channels.items():
        if column == f"points_{channel}":
            return name["en"], name["zh"]
        if match := re.fullmatch(rf"contacts_{re.escape(channel)}_(\d+)d", column):
            return f"{name['en']}, contacts in {match[1]} days", f"{name['zh']}，{match[1]} 天内次数"
    if match := re.fullmatch(r"contacts_(\d+)d", column):
        return f"contacts in {match[1]} days", f"{match[1]} 天内接触次数"
    if match := re.fullmatch(r"sum_(.+)_(\d+)d", column):
        plain = match[1].replace("_", " ")
        return f"{plain} in {match[2]} days", f"{match[2]} 天内 {plain} 合计"
    return column.replace("_", " "), column
