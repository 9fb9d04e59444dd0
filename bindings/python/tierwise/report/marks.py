"""Marks of the report: text in two languages, and small pictures as SVG. Everything that comes from data is escaped here."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any

from .texts import Both

__all__ = ["bar", "both", "count", "deciles", "escape", "histogram", "percent", "svg_text"]


def escape(text: object) -> str:
    """Text that stays text, in elements and in attributes."""
    return html.escape(str(text), quote=True)


def both(pair: Both | str) -> str:
    """Text in both languages, of which the style sheet shows one."""
    if isinstance(pair, str) or pair[0] == pair[1]:
        return escape(pair if isinstance(pair, str) else pair[0])
    return f'<span lang="en">{escape(pair[0])}</span><span lang="zh">{escape(pair[1])}</span>'


def count(number: float) -> str:
    """1,234"""
    return f"{number:,.0f}"


def percent(part: float, whole: float) -> str:
    """12.3 %, of nothing: a dash."""
    if not whole:
        return "–"
    value = 100 * part / whole
    return (
        "0%"
        if not part
        else "<0.1%"
        if value < 0.05
        else f"{value:.1f}%"
        if value < 99.95 or part == whole
        else ">99.9%"
    )


def bar(part: float, whole: float, kind: str = "bar", style: str = "meter") -> str:
    """A bar of the share of a whole; the number stands beside it in the table."""
    width = 0 if not whole else max(0.0, min(100.0, 100 * part / whole))
    if part:
        width = max(width, 0.6)
    return (
        f'<svg class="{style}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="track" width="100" height="8"/><rect class="{kind}" width="{width:.2f}" height="8"/></svg>'
    )


def svg_text(x: float, y: float, pair: Both | str, anchor: str = "middle", kind: str = "") -> str:
    """Text in a picture."""
    texts = [("", pair)] if isinstance(pair, str) else [("en", pair[0]), ("zh", pair[1])]
    return "".join(
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{f""" class="{kind}" """ if kind else ""}{f""" lang="{lang}" """ if lang else ""}>{escape(text)}</text>'
        for lang, text in texts
    )


_WIDTH, _HEIGHT, _LEFT, _BASE = 460.0, 190.0, 30.0, 158.0


def _columns(
    heights: Sequence[int],
    classes: Sequence[str],
    unknown: int,
    labels: Sequence[tuple[float, Any]],
    extra: str,
    title: Both,
    above: float = 34,
) -> str:
    """Columns on an axis, with `above` free above the tallest; what is unknown stands apart, on the left."""
    top = max([*heights, unknown, 1])
    left = _LEFT + (60 if unknown else 0)
    step = (_WIDTH - left - 6) / len(heights)
    tall = _BASE - above
    parts, numbers = [], []  # numbers lie on top of lines
    if unknown:
        high = max(1.5, tall * unknown / top)
        parts.append(f'<rect class="gap" x="{_LEFT:.1f}" y="{_BASE - high:.1f}" width="30" height="{high:.1f}"/>')
        numbers.append(svg_text(_LEFT + 15, _BASE - high - 5, count(unknown), kind="n"))
        parts.append(svg_text(_LEFT + 15, _BASE + 16, ("unknown", "未知")))
    for i, (height, kind) in enumerate(zip(heights, classes, strict=True)):
        if height:
            high = max(1.0, tall * height / top)
            parts.append(
                f'<rect class="{kind}" x="{left + i * step + 0.8:.1f}" y="{_BASE - high:.1f}" width="{step - 1.6:.1f}" height="{high:.1f}"/>'
            )
            if height == max(heights) or len(heights) <= 11:
                numbers.append(svg_text(left + (i + 0.5) * step, _BASE - high - 5, count(height), kind="n"))
    parts.append(f'<line class="axis" x1="{left:.1f}" x2="{_WIDTH - 6:.1f}" y1="{_BASE}" y2="{_BASE}"/>')
    parts += [svg_text(left + at * step * len(heights), _BASE + 16, label) for at, label in labels]
    parts += [extra.replace("{left}", f"{left:.1f}"), *numbers]
    # A picture has its name in both languages; the numbers are in the data of the page, too.
    return f'<svg class="chart" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" aria-label="{escape(title[0])} / {escape(title[1])}">{"".join(parts)}</svg>'


def histogram(data: dict[str, Any], names: Sequence[Both], title: Both) -> str:
    """A score from 0 to `high` in equal bins, with the cuts of the policy."""
    counts, floors, top = data["counts"], data["floors"], data["high"]
    width = top / len(counts)
    left = _LEFT + (60 if data["unknown"] else 0)
    across = _WIDTH - left - 6
    # A bin is coloured by the level of its middle.
    classes = [f"level l{min(sum((i + 0.5) * width < floor for floor in floors), 3)}" for i in range(len(counts))]
    extra = []
    spots = [left + across * min(max(floor, 0), top) / top for floor in floors]
    values = [f"{floor:.0f}" if abs(floor - round(floor)) < 0.005 else f"{floor:.1f}" for floor in floors]
    texts = [(f"{en} ≥ {value}", f"{zh} ≥ {value}") for (en, zh), value in zip(names, values, strict=False)]
    placed = _beside(spots, [max(_wide(text) for text in pair) for pair in texts])
    lines = {x: 12 + 14 * row - 9 for x, (_, _, row) in zip(spots, placed, strict=False)}
    extra += [f'<line class="cut" x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{_BASE}"/>' for x, y in lines.items()]
    for pair, (x, anchor, row) in zip(texts, placed, strict=False):
        extra.append(svg_text(x, 12 + 14 * row, pair, anchor, "cutname"))
    rows = 1 + max((row for _, _, row in placed), default=0)
    labels = [(at / 5, f"{top * at / 5:g}") for at in range(6)]
    return _columns(counts, classes, data["unknown"], labels, "".join(extra), title, 20 + 14 * rows)


def _wide(text: str) -> float:
    """About how wide a name of a cut is."""
    return sum(12 if ord(sign) > 0x2E7F else 7 for sign in text)


def _beside(spots: Sequence[float], widths: Sequence[float]) -> list[tuple[float, str, int]]:
    """For a name beside each line: x, which end of the name is there, and the row, from 0 at the top, in which it meets no other."""
    taken: list[list[tuple[float, float]]] = []
    placed = []
    for x, wide in zip(spots, widths, strict=False):
        anchor, begin = ("start", x + 4) if x + 4 + wide <= _WIDTH else ("end", x - 4 - wide)
        free = (row for row, names in enumerate(taken) if all(begin + wide < a or b < begin for a, b in names))
        row = next(free, len(taken))
        taken += [[]] * (row == len(taken))
        taken[row] = [*taken[row], (begin - 4, begin + wide + 4)]
        placed.append((begin if anchor == "start" else x - 4, anchor, row))
    return placed


def deciles(data: dict[str, Any], grades: Sequence[str], title: Both) -> str:
    """Doctors in each volume decile, coloured by grade."""
    floors = data["floors"]
    classes = [f"level l{min(sum(d < floor for floor in floors), 3)}" for d in range(11)]
    labels: list[tuple[float, Any]] = [((d + 0.5) / 11, str(d)) for d in range(11)]
    left = _LEFT
    step = (_WIDTH - left - 6) / 11
    extra = []
    edges = [11.0, *floors, 0.0] if floors else []  # the policy may cut volumes otherwise
    for grade, high, low in zip(grades, edges, edges[1:], strict=False):
        if high > low:
            extra.append(
                svg_text(left + step * (low + high) / 2, _BASE + 30, (f"grade {grade}", f"{grade} 级"), kind="n")
            )
        if 0 < low < 11:
            x = left + step * low
            extra.append(f'<line class="cut" x1="{x:.1f}" x2="{x:.1f}" y1="14" y2="{_BASE + 20}"/>')
    return _columns(data["counts"], classes, 0, labels, "".join(extra), title)
