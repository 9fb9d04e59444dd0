"""What `tierwise run` says on the terminal: a short summary worth reading."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from .report.facts import Facts
from .report.marks import percent
from .report.texts import rule_name

__all__ = ["said"]


def said(facts: Facts, folder: str, files: Sequence[str]) -> str:
    """The summary; the last line counts what was rejected."""
    n = facts["doctors"]
    lines = [
        f"{facts['policy']['name']}, as of {facts['as_of']}: {n:,} doctors, {facts['contacts']['used']:,} contacts"
        + (f" ({facts['contacts']['later']:,} later ones not looked at)" if facts["contacts"]["later"] else ""),
        "",
        *_matrix(facts),
        "",
        *_basis(facts),
        "",
        *_actions(facts),
        "",
        *_funnel(facts),
        "",
        *_doctors(facts),
        *(f"note: {note}" for note in facts["notes"]),
        f"{folder}: {', '.join(files)}",
        _rejected(facts),
    ]
    return "\n".join(lines) + "\n"


def _matrix(facts: Facts) -> list[str]:
    identities, engagements = facts["levels"]["identity"], facts["levels"]["engagement"]
    cells = {(cell["grade"], cell["identity"], cell["engagement"]): cell for cell in facts["cells"]}
    most = max((cell["count"] for cell in facts["cells"]), default=0)
    width = max(len(f"{most:,}") + 4, 8)
    group = width * len(engagements)
    short = [level[:4] for level in engagements]
    lines = [
        " " * 9 + "".join(f"  {f' identity {level} ':─^{group - 2}}" for level in identities),
        f"{'grade':<9}" + "".join(f"{s:>{width}}" for s in short * len(identities)) + "   ← engagement",
    ]
    for grade in [*facts["grades"], *([None] if facts["unknown"]["grade"]["count"] else [])]:
        row = f"{grade or 'unknown':<9}"
        for identity in identities:
            for engagement in engagements:
                cell = cells[grade, identity, engagement]
                row += f"{cell['count']:,}·T{cell['tier']}".rjust(width)
        lines.append(row)
    lines.append("")
    total = max(facts["doctors"], 1)
    lines.append("tier      " + "".join(f"{tier['tier']:>8}" for tier in facts["tiers"]))
    lines.append("doctors   " + "".join(f"{tier['count']:>8,}" for tier in facts["tiers"]))
    lines.append("share     " + "".join(f"{percent(tier['count'], total):>8}" for tier in facts["tiers"]))
    return lines


def _basis(facts: Facts) -> list[str]:
    basis, unknown = facts["basis"], facts["unknown"]
    lines = [
        f"grades: {basis['volume']:,} from a known volume, {basis['scorecard']:,} from a scorecard, {basis['unknown']:,} unknown"
        + (f" (count as {unknown['grade']['counts_as']})" if basis["unknown"] else "")
    ]
    for name in ("identity", "engagement"):
        if unknown[name]["count"]:
            lines.append(f"{name} unknown for {unknown[name]['count']:,} (counts as {unknown[name]['counts_as']})")
    return lines


def _actions(facts: Facts) -> list[str]:
    names, first = facts["names"], facts["actions"]["first"]
    channels: dict[str, dict[str, int]] = {}
    for action, of in first.items():
        for channel, count in of.items():
            channels.setdefault(channel, {})[action] = count
    lines = [
        f"next action for {facts['actions']['with_action']:,} doctors; nothing for now for {facts['actions']['nothing']:,}"
    ]
    for channel, of in sorted(channels.items(), key=lambda item: (-sum(item[1].values()), item[0])):
        top = sorted(of.items(), key=lambda item: (-item[1], item[0]))[:3]
        named = names["channels"].get(channel, {"en": channel})["en"]
        told = ", ".join(f"{names['actions'].get(action, {'en': action})['en']} {count:,}" for action, count in top)
        lines.append(f"  {named:<14}{sum(of.values()):>8,}   {told}")
    return lines


def _funnel(facts: Facts) -> list[str]:
    funnel = facts["funnel"]
    rules = sorted(
        (line for stage in funnel["stages"] for line in stage["rules"]),
        key=lambda line: (-line["candidates"], line["rule"]),
    )
    lines = [f"of {funnel['candidates']:,} candidates {funnel['picks']:,} are suggested; most were dropped because:"]
    for line in rules[:5]:
        lines.append(f"  {line['candidates']:>10,}   {rule_name(line['rule'], facts['names'])[0]} ({line['rule']})")
    return lines


def _doctors(facts: Facts) -> list[str]:
    lines = []
    for entry in facts["shown"][:1] + facts["shown"][1:][-2:]:
        data = entry["en"]
        lines.append(f"{entry['id']}  tier {data['tier']}, {data['profile_type']}, {data['resources']} resources")
        for reason in (data["reason"], *(f"→ {pick['reason']}" for pick in data["recommendations"][:1])):
            lines += textwrap.wrap(reason, 108, initial_indent="  ", subsequent_indent="    ")
        lines.append("")
    return lines


def _rejected(facts: Facts) -> str:
    total = sum(entry["count"] for entry in facts["rejected"])
    if not total:
        return "rejected: 0"
    codes: dict[str, int] = {}
    for entry in facts["rejected"]:
        codes[entry["code"]] = codes.get(entry["code"], 0) + entry["count"]
    told = ", ".join(f"{code} {count:,}" for code, count in sorted(codes.items(), key=lambda item: -item[1]))
    return f"rejected: {total:,} ({told}); see rejected.csv"
