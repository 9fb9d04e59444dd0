"""The sections of the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .facts import Facts
from .marks import bar, both, count, deciles, escape, histogram, percent
from .texts import (
    CODES,
    LAYERS,
    LEVELS,
    PROFILE_TYPES,
    RESOURCES,
    STAGES,
    TABLE_NAMES,
    Both,
    column_name,
    rule_name,
    say,
    word,
)

__all__ = ["ALL", "figures", "meta", "navigation"]


def tone(tier: int, tiers: int) -> int:
    """Which of the nine colours a tier has."""
    return round(8 * (tier - 1) / max(tiers - 1, 1))


def _grade(name: str | None, facts: Facts) -> Both:
    return (name, name) if name else say("unknown_as", as_=facts["unknown"]["grade"]["counts_as"])


def _section(key: str, title: str, how: Both, *parts: str) -> str:
    return f'<section id="{key}" aria-labelledby="h-{key}"><h2 id="h-{key}">{both(say(title))}</h2><p class="how">{both(how)}</p>{"".join(parts)}</section>'


def _head(titles: Sequence[tuple[str, str]], *, sortable: bool = False) -> str:
    cells = []
    for key, kind in titles:
        name = both(say(key)) if key else ""
        inner = f'<button type="button">{name}</button>' if sortable and key else name
        cells.append(f'<th scope="col" class="{kind}">{inner}</th>' if key else f'<td class="{kind}"></td>')
    return f"<thead><tr>{''.join(cells)}</tr></thead>"


def _number(value: float) -> str:
    return f'<td class="num" data-v="{value}">{count(value)}</td>'


def meta(facts: Facts) -> str:
    """The sentence under the title."""
    text = both(
        say("meta", as_of=facts["as_of"], policy=facts["policy"]["name"], contacts=count(facts["contacts"]["used"]))
    )
    if facts["contacts"]["later"]:
        text += " " + both(say("later", n=count(facts["contacts"]["later"])))
    return text


def figures(facts: Facts) -> str:
    """Five numbers to begin with."""
    n = facts["doctors"]
    top = sum(tier["count"] for tier in facts["tiers"][:3])
    rejected = sum(entry["count"] for entry in facts["rejected"])
    entries = [
        (count(n), "", "kpi_doctors"),
        (count(top), percent(top, n), "kpi_top"),
        (count(facts["basis"]["volume"]), percent(facts["basis"]["volume"], n), "kpi_volume"),
        (count(facts["actions"]["with_action"]), percent(facts["actions"]["with_action"], n), "kpi_action"),
        (count(rejected), "", "kpi_rejected"),
    ]
    items = [
        f'<li><b>{value}{f" <span class=of>{escape(share)}</span>" if share else ""}</b><span class="what">{both(say(what))}</span></li>'
        for value, share, what in entries
    ]
    return f'<ul class="figures">{"".join(items)}</ul>'


def navigation() -> str:
    """Links to the sections."""
    names = ("tiers", "scores", "actions", "funnel", "doctors", "quality")
    return "".join(f'<a href="#{name}">{both(say(f"nav_{name}"))}</a>' for name in names)


def tiers(facts: Facts) -> str:
    """The tier matrix and the head-count."""
    identities, engagements = facts["levels"]["identity"], facts["levels"]["engagement"]
    n, last = facts["doctors"], len(facts["tiers"])
    by_place = {(cell["grade"], cell["identity"], cell["engagement"]): cell for cell in facts["cells"]}
    groups = "".join(
        f'<th scope="colgroup" class="group" colspan="{len(engagements)}">{both(say("identity"))} {both(word(name, LEVELS))}</th>'
        for name in identities
    )
    subs = "".join(
        f'<th scope="col"><span class="vh">{both(say("engagement"))} </span><span class="full">{both(name)}</span>'
        f'<span class="short" aria-hidden="true">{both((name[0] if len(name[0]) < 5 else name[0][:3] + ".", name[1]))}</span></th>'
        for _ in identities
        for name in (word(engagement, LEVELS) for engagement in engagements)
    )
    rows = []
    names = [*facts["grades"], *([None] if facts["unknown"]["grade"]["count"] else [])]
    for name in names:
        cells, total = [], 0
        for identity in identities:
            for engagement in engagements:
                cell = by_place[name, identity, engagement]
                total += cell["count"]
                kind = f"cell c{tone(cell['tier'], last)}" + ("" if cell["count"] else " zero")
                share = f'<span class="share"> · {percent(cell["count"], n)}</span>' if cell["count"] else ""
                cells.append(
                    f'<td class="{kind}"><b>{count(cell["count"])}</b><span class="t">T{cell["tier"]}{share}</span></td>'
                )
        label = both(_grade(name, facts)) if name is None else both(say("grade_n", n=name))
        rows.append(
            f'<tr><th scope="row">{label}</th>{"".join(cells)}<td class="sum"><b>{count(total)}</b><span class="t">{percent(total, n)}</span></td></tr>'
        )
    matrix = (
        f'<div class="scroll"><table class="matrix"><caption>{both(say("matrix"))}</caption><colgroup><col class="head"><col span="{len(identities) * len(engagements)}"><col class="sum"></colgroup>'
        f'<thead><tr><td></td>{groups}<th rowspan="2" scope="col" class="sum">{both(say("total"))}</th></tr>'
        f'<tr><th scope="row" class="corner">{both(say("engagement"))}</th>{subs}</tr></thead><tbody>'
        f"{''.join(rows)}</tbody></table></div>"
    )
    unknown = facts["unknown"]
    lines = [
        both(say(f"unknown_{name}", n=count(unknown[name]["count"]), as_=word(unknown[name]["counts_as"], LEVELS)))
        for name in ("identity", "engagement")
        if unknown[name]["count"]
    ]
    note = f'<p class="how note">{both(say("unknown_note"))} {" ".join(lines)}</p>' if lines else ""
    heads = []
    most = max([tier["count"] for tier in facts["tiers"]], default=0)
    for tier in facts["tiers"]:
        colour = tone(tier["tier"], last)
        kinds = (
            "; ".join(tier["profile_types"]),
            "、".join(PROFILE_TYPES.get(kind, kind) for kind in tier["profile_types"]),
        )
        grades = "/".join(tier["grades"])
        heads.append(
            f'<tr><th scope="row" data-v="{tier["tier"]}"><span class="chip c{colour}">{tier["tier"]}</span></th><td>{escape(grades)}</td><td class="hide-small">{both(kinds)}</td>'
            f"<td class=nowrap>{both(word(tier['resources'], RESOURCES))}</td>{_number(tier['count'])}"
            f'<td class="num" data-v="{tier["count"]}">{percent(tier["count"], n)}</td><td class="wide" data-v="{tier["count"]}">{bar(tier["count"], most, f"f{colour}", "meter tierbar")}</td></tr>'
        )
    titles = [
        ("tier", ""),
        ("grade", ""),
        ("profile_type", "hide-small"),
        ("resources", ""),
        ("doctors", "num"),
        ("share", "num"),
        ("", "wide"),
    ]
    table = f"<table data-sortable><caption>{both(say('heads'))}</caption>{_head(titles, sortable=True)}<tbody>{''.join(heads)}</tbody></table>"
    return _section(
        "tiers",
        "tiers",
        say("tiers_how"),
        matrix,
        note,
        f'<div class="block"><p class="how">{both(say("heads_how"))}</p>{table}</div>',
    )


def _figure(title: Both, note: Both, picture: str) -> str:
    return f"<figure><figcaption><strong>{both(title)}</strong>{both(note)}</figcaption>{picture}</figure>"


def _known(data: dict[str, Any]) -> Both:
    return say(
        "known_of" if data["unknown"] else "known_all", known=count(data["known"]), unknown=count(data["unknown"])
    )


def scores(facts: Facts) -> str:
    """Distributions with the cuts."""
    grade: list[Both] = [(name, name) for name in facts["grades"]]
    parts = []
    basis, n = facts["basis"], facts["doctors"]
    if basis["volume"]:
        title, how = say("decile_chart"), say("decile_how")
        if basis["volume"] < n:
            more = say("no_volume", n=count(n - basis["volume"]))
            how = (f"{how[0]} {more[0]}", f"{how[1]}{more[1]}")
        parts.append(_figure(title, how, deciles(facts["deciles"], facts["grades"], title)))
    if basis["scorecard"]:
        title = say("card_chart")
        parts.append(
            _figure(
                title,
                say("known_all", known=count(basis["scorecard"])),
                histogram({**facts["card"], "unknown": 0}, grade, title),
            )
        )
    for name in ("identity", "engagement"):
        title = say(f"{name}_chart")
        parts.append(
            _figure(
                title,
                _known(facts[name]),
                histogram(facts[name], [word(level, LEVELS) for level in facts["levels"][name]], title),
            )
        )
    rows = "".join(
        f'<tr><th scope="row">{both(say(f"basis_{name}", as_=facts["unknown"]["grade"]["counts_as"]))}</th>{_number(basis[name])}<td class="num">{percent(basis[name], n)}</td><td class="wide">{bar(basis[name], n)}</td></tr>'
        for name in ("volume", "scorecard", "unknown")
    )
    titles = [("basis", ""), ("doctors", "num"), ("share", "num"), ("", "wide")]
    table = f"<table>{_head(titles)}<tbody>{rows}</tbody></table>"
    return _section(
        "scores",
        "scores",
        say("scores_how"),
        f'<div class="two">{"".join(parts)}</div>',
        f'<div class="two"><div>{table}</div><p class="how">{both(say("basis_how"))}</p></div>',
    )


def _heat(value: int, most: int) -> str:
    step = 0 if not value else 1 if value * 8 < most else 2 if value * 4 < most else 3 if value * 2 < most else 4
    return f'<td class="num h h{step}" data-v="{value}">{count(value) if value else "<span class=none>·</span>"}</td>'


def actions(facts: Facts) -> str:
    """First choices by action and channel."""
    names, first = facts["names"], facts["actions"]["first"]
    used = [channel for channel in facts["channels"] if any(channel in of for of in first.values())]
    sums = {channel: sum(of.get(channel, 0) for of in first.values()) for channel in used}
    used.sort(key=lambda channel: -sums[channel])
    most = max((value for of in first.values() for value in of.values()), default=0)
    top = max([*(sum(of.values()) for of in first.values()), facts["actions"]["nothing"], 1])

    def name_of(kind: str, key: str) -> Both:
        found = names[kind].get(key)
        return (found["en"], found["zh"]) if found else (key, key)

    rows = []
    for action, of in first.items():
        total = sum(of.values())
        cells = "".join(_heat(of.get(channel, 0), most) for channel in used)
        rows.append(
            f'<tr><th scope="row">{both(name_of("actions", action))}</th>{cells}{_number(total)}<td class="wide" data-v="{total}">{bar(total, top, "bar0")}</td></tr>'
        )
    idle = facts["actions"]["nothing"]
    blanks = "".join('<td class="num"><span class="none">·</span></td>' for _ in used)
    nothing = f'<tr><th scope="row">{both(say("nothing"))}</th>{blanks}{_number(idle)}<td class="wide">{bar(idle, top, "gap")}</td></tr>'
    totals = "".join(f'<td class="num">{count(sums[channel])}</td>' for channel in used)
    heads = "".join(
        f'<th scope="col" class="num"><button type="button">{both(name_of("channels", channel))}</button></th>'
        for channel in used
    )
    table = (
        f'<div class="scroll"><table class="heat" data-sortable><caption>{both(say("first_caption"))}</caption><thead><tr>'
        f'<th scope="col"><button type="button">{both(say("action"))}</button></th>{heads}<th scope="col" class="num"><button type="button">{both(say("total"))}</button></th><td class="wide"></td></tr></thead>'
        f'<tbody>{"".join(rows)}</tbody><tfoot>{nothing}<tr><th scope="row">{both(say("total"))}</th>{totals}<td class="num">{count(facts["doctors"])}</td><td></td></tr></tfoot></table></div>'
    )
    more = say("more_picks", all=count(facts["actions"]["all"]), first=count(facts["actions"]["with_action"]))
    return _section(
        "actions",
        "actions",
        say("actions_how"),
        table,
        f'<p class="how">{both(more)} {both(say("sort_hint"))}</p>',
        _tags(facts),
    )


def _tags(facts: Facts) -> str:
    if not facts["tags"]:
        return ""
    rows = []
    for entry in facts["tags"][:12]:
        found = facts["names"]["tags"].get(entry["tag"], {"en": entry["tag"], "zh": entry["tag"]})
        rows.append(
            f'<tr><th scope="row">{both((found["en"], found["zh"]))}</th><td class="hide-small">{both(word(entry["layer"], LAYERS))}</td>{_number(entry["count"])}'
            f'<td class="num">{percent(entry["count"], facts["doctors"])}</td><td class="wide">{bar(entry["count"], facts["doctors"])}</td></tr>'
        )
    titles = [("tag", ""), ("layer", "hide-small"), ("doctors", "num"), ("share", "num"), ("", "wide")]
    return f"<details><summary>{both(say('tag_caption'))}</summary><table>{_head(titles)}<tbody>{''.join(rows)}</tbody></table></details>"


def funnel(facts: Facts) -> str:
    """Stages, and the rules within them."""
    data, names = facts["funnel"], facts["names"]
    total = data["candidates"]
    stages = "".join(
        f'<tr><th scope="row">{both(STAGES.get(entry["stage"], (entry["stage"],) * 2))}</th>{_number(entry["candidates"])}'
        f'<td class="num">{percent(entry["candidates"], total)}</td>{_number(entry["left"])}<td class="wide">{bar(entry["left"], total, "bar0")}</td></tr>'
        for entry in data["stages"]
    )
    stages += f'<tr><th scope="row">{both(say("suggested"))}</th><td></td><td></td>{_number(data["picks"])}<td class="wide">{bar(data["picks"], total, "bar0")}</td></tr>'
    titles = [("stage", ""), ("dropped", "num"), ("share", "num"), ("left", "num"), ("", "wide")]
    table = f"<table><caption>{both(say('funnel_caption'))}</caption>{_head(titles)}<tbody>{stages}</tbody></table>"
    rules = sorted(
        ((entry["stage"], line) for entry in data["stages"] for line in entry["rules"]),
        key=lambda pair: (-pair[1]["candidates"], pair[1]["rule"]),
    )
    most = rules[0][1]["candidates"] if rules else 0

    def row(stage: str, line: dict[str, Any]) -> str:
        meaning = both(rule_name(line["rule"], names))
        return (
            f'<tr><th scope="row">{meaning} <code class="hide-small">{escape(line["rule"])}</code></th><td class="hide-small">{both(STAGES.get(stage, (stage, stage)))}</td>'
            f'{_number(line["candidates"])}{_number(line["hcps"])}<td class="wide" data-v="{line["candidates"]}">{bar(line["candidates"], most)}</td></tr>'
        )

    titles = [("rule", ""), ("stage", "hide-small"), ("candidates", "num"), ("doctors", "num"), ("", "wide")]
    top = f"<table data-sortable><caption>{both(say('rules_caption'))}</caption>{_head(titles, sortable=True)}<tbody>{''.join(row(*pair) for pair in rules[:10])}</tbody></table>"
    rest = ""
    if len(rules) > 10:
        rest = f"<details><summary>{both(say('all_rules'))} ({len(rules)})</summary><table data-sortable>{_head(titles, sortable=True)}<tbody>{''.join(row(*pair) for pair in rules)}</tbody></table></details>"
    return _section(
        "funnel", "funnel", say("funnel_how", total=count(total)), table, f'<div class="block">{top}</div>', rest
    )


def doctors(facts: Facts) -> str:
    """A few doctors with their reasons."""
    cards = "".join(_card(entry, facts) for entry in facts["shown"])
    return _section("doctors", "people", say("people_how"), f'<div class="cards">{cards}</div>')


def _card(entry: Facts, facts: Facts) -> str:
    en, zh = entry["en"], entry["zh"]
    tier = en["tier"]
    kind: Both = tuple(  # type: ignore[assignment]
        f"{word(en['profile_type'], PROFILE_TYPES)[i]} · {say('resources')[i]}{'：' if i else ' '}{word(en['resources'], RESOURCES)[i]}"
        for i in (0, 1)
    )
    flag = "" if entry["why"].startswith("tier_") else f'<span class="flag">{both(say("why_" + entry["why"]))}</span>'
    parts = [
        f'<header><span class="chip c{tone(tier, len(facts["tiers"]))}">{tier}</span><h3>{escape(entry["id"])}</h3><span class="kind">{both(kind)}</span>{flag}</header>',
        f'<p class="reason">{both((en["reason"], zh["reason"]))}</p>',
        *(_score(name, en, facts) for name in ("potential", "identity", "engagement")),
        _chips(en["tags"]),
        f"<h4>{both(say('next'))}</h4>",
        _picks(en["recommendations"], zh["recommendations"]),
        _drops(en["dropped"]),
    ]
    return f'<article class="card">{"".join(parts)}</article>'


def _score(name: str, data: Facts, facts: Facts) -> str:
    score = data["scores"][name]
    value = score["value"]
    if value is None:
        shown = both(say("unknown"))
    elif name != "potential":
        shown = f"{value:.0f} · {both(word(score['level'] or 'unknown', {**LEVELS, 'unknown': '未知'}))}"
    elif score.get("basis") == "volume":
        shown = both(
            say("volume", value=f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}", decile=data["decile"])
        )
    else:
        shown = both(say("card", value=f"{value:.0f}"))
    rows = []
    known = [part for part in score["contributions"] if part["known"] and part["value"]]
    most = max([abs(part["value"]) for part in known], default=0)
    for part in known:
        meter = bar(abs(part["value"]), most, "bar" if part["value"] >= 0 else "gap")
        rows.append(
            f'<tr><th scope="row">{both(column_name(part["column"], facts["names"]))}</th>'
            f'<td class="wide">{meter}</td><td class="num">{part["value"]:.1f}</td></tr>'
        )
    zeros = [
        column_name(part["column"], facts["names"])
        for part in score["contributions"]
        if part["known"] and not part["value"]
    ]
    if zeros and name != "engagement":
        named: Both = ", ".join(pair[0] for pair in zeros), "、".join(pair[1] for pair in zeros)
        rows.append(f'<tr><td colspan="3">{both(say("zero_parts", parts=named))}</td></tr>')
    for part in score["contributions"]:
        if not part["known"]:
            rows.append(
                f'<tr><th scope="row">{both(column_name(part["column"], facts["names"]))}</th><td colspan="2">{both(say("not_known"))}</td></tr>'
            )
    grade = f" · {both(say('grade_n', n=data['grade']))}" if name == "potential" and data["grade"] else ""
    table = f'<table class="parts"><tbody>{"".join(rows)}</tbody></table>' if rows else ""
    return f'<div class="score"><div class="line"><span>{both(say(name))}</span><span>{shown}{grade}</span></div>{table}</div>'


def _chips(tags: list[Facts]) -> str:
    if not tags:
        return ""
    items = []
    for tag in tags:
        name = (tag["name"]["en"] or tag["tag"], tag["name"]["zh"] or tag["name"]["en"] or tag["tag"])
        since = f" <small>{both(say('since', date=tag['since']))}</small>" if tag["since"] else ""
        items.append(f"<li>{both(name)}{since}</li>")
    return f'<ul class="tags" aria-label="Tags / 标签">{"".join(items)}</ul>'


def _picks(english: list[Facts], chinese: list[Facts]) -> str:
    items = []
    for en, zh in zip(english, chinese, strict=True):
        text = both((en["reason"], zh["reason"]))
        if en["action_id"] == "do_nothing":
            return f'<p class="reason">{text}</p>'
        worth = f"{both(say('priority'))} {en['priority']:.3g} · {both(say('until', date=en['expires']))}"
        items.append(f'<li>{text} <span class="formula">{worth}</span></li>')
    return f'<ol class="picks">{"".join(items)}</ol>'


def _drops(dropped: list[Facts]) -> str:
    if not dropped:
        return ""
    counted: dict[str, int] = {}
    for drop in dropped:
        counted[drop["stage"]] = counted.get(drop["stage"], 0) + 1
    named = ", ".join(f"{both(STAGES.get(stage, (stage, stage)))} {n}" for stage, n in counted.items())
    return f'<p class="dropped">{both(say("not_suggested"))} ({both(say("dropped_n", n=len(dropped)))}): {named}</p>'


def quality(facts: Facts) -> str:
    """What could not be used, and what is not known."""
    n = facts["doctors"]
    parts = []
    known = []
    for name in ("grade", "identity", "engagement"):
        unknown = facts["unknown"][name]
        have = n - unknown["count"]
        counts_as = unknown["counts_as"]
        known.append(
            f'<tr><th scope="row">{both(say("potential" if name == "grade" else name))}</th>{_number(have)}<td class="num">{percent(have, n)}</td>'
            f"{_number(unknown['count'])}<td>{both(word(counts_as, LEVELS))}</td></tr>"
        )
    titles = [("", ""), ("known", "num"), ("share", "num"), ("unknown", "num"), ("counts_as", "")]
    parts.append(
        f"<div><table><caption>{both(say('known_caption'))}</caption>{_head(titles)}<tbody>{''.join(known)}</tbody></table></div>"
    )
    if facts["rows"]:
        rows = "".join(
            f'<tr><th scope="row">{both(word(name, TABLE_NAMES))}</th>{_number(value)}</tr>'
            for name, value in facts["rows"].items()
        )
        parts.append(
            f"<div><table><caption>{both(say('tables_caption'))}</caption>{_head([('file', ''), ('rows_read', 'num')])}<tbody>{rows}</tbody></table></div>"
        )
    if facts["rejected"]:
        rows = "".join(
            f'<tr><th scope="row">{escape(entry["file"])}</th><td>{escape(entry["column"])}</td><td>{both(CODES.get(entry["code"], (entry["code"],) * 2))} <code class="hide-small">{escape(entry["code"])}</code></td>{_number(entry["count"])}</tr>'
            for entry in sorted(facts["rejected"], key=lambda entry: -entry["count"])
        )
        titles = [("file", ""), ("column", ""), ("reason", ""), ("count", "num")]
        rejected = f'<div class="scroll"><table data-sortable><caption>{both(say("rejected_caption"))}</caption>{_head(titles, sortable=True)}<tbody>{rows}</tbody></table></div>'
    else:
        rejected = f"<p>{both(say('none_rejected'))}</p>"
    notes = ""
    said = [note for note in [*facts["notes"], facts["policy"]["description"]] if note]
    if said:
        notes = f"<h3>{both(say('notes'))}</h3>" + "".join(f'<p class="how">{escape(note)}</p>' for note in said)
    return _section(
        "quality",
        "quality",
        say("quality_how"),
        rejected,
        f'<div class="two">{"".join(parts)}</div>',
        f'<div class="block">{notes}</div>',
    )


ALL: tuple[Callable[[Facts], str], ...] = (tiers, scores, actions, funnel, doctors, quality)
