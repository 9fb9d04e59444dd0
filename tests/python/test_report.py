"""The report is one page that loads nothing, says everything in two languages, and treats text from data as text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest
import tierwise
from report_facts import HOSTILE, facts
from tierwise import report

VOID = {"meta", "link", "br", "img", "input", "col", "hr", "rect", "line", "path"}


class Page(HTMLParser):
    """What is on a page, and whether its elements nest."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: dict[str, list[str]] = {"en": [], "zh": [], "": []}
        self.languages: list[str] = []
        self.inside: dict[str, str] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.languages.append(dict(attrs).get("lang") or "" if tag != "html" else "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes <{self.open[-1] if self.open else ''}>"
        self.open.pop()
        self.languages.pop()

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("style", "script", "title"):
            key = self.open[-1]
            self.inside[key] = self.inside.get(key, "") + data
            return
        language = next((name for name in reversed(self.languages) if name), "")
        self.words[language].append(data)

    def visible(self, language: str) -> str:
        return " ".join([*self.words[language], *self.words[""]])


@pytest.fixture(scope="module")
def text() -> str:
    return report.build(facts())


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


def test_elements_nest_and_ids_are_unique(page: Page) -> None:
    assert page.open == []
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {attributes["href"][1:] for tag, attributes in page.tags if tag == "a" and attributes["href"]}
    assert targets <= set(ids)


def test_nothing_is_loaded(page: Page, text: str) -> None:
    for tag, attributes in page.tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not {"src", "style", "srcset", "data", "action"} & set(attributes), (tag, attributes)
        assert not any(name.startswith("on") for name in attributes), (tag, attributes)
        assert (attributes.get("href") or "#").startswith("#")
    assert "http:" not in text and "https:" not in text and "@import" not in text and "url(" not in text


def test_policy_allows_only_the_style_and_script_inside(text: str) -> None:
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    rules = dict(rule.strip().split(" ", 1) for rule in policy[1].split(";"))
    assert rules["default-src"] == "'none'" and rules["base-uri"] == "'none'" and rules["form-action"] == "'none'"
    for name, element in (("style-src", r"<style>(.*?)</style>"), ("script-src", r"<script>(.*?)</script>")):
        found = re.findall(element, text, re.S)
        assert len(found) == 1
        assert rules[name] == f"'sha256-{base64.b64encode(hashlib.sha256(found[0].encode()).digest()).decode()}'"


def test_text_from_data_stays_text(text: str, page: Page) -> None:
    assert "<img" not in text and HOSTILE not in text
    assert HOSTILE in page.visible("en")  # shown, as text
    assert len(re.findall(r"</script>", text)) == 2
    island = re.search(r'<script type="application/json" id="facts">(.*?)</script>', text, re.S)
    assert island and "<" not in island[1] and "\u2028" not in island[1]
    assert json.loads(island[1])["shown"][0]["id"] == HOSTILE


@pytest.mark.parametrize(
    "hostile", ["</script>", "<!--<script>", "]]>", "\u2028\u2029", "&lt;", '"\\', "\U0001f468", "𠮷"]
)
def test_data_island_holds_anything(hostile: str) -> None:
    island = report.data_island({hostile: [hostile]})
    assert json.loads(island) == {hostile: [hostile]}
    assert not set(island) & set("<>&\u2028\u2029")


def test_both_languages_say_everything(page: Page) -> None:
    english, chinese = page.visible("en"), page.visible("zh")
    for word in (
        "Who is where",
        "rising star",
        "no consent for email",
        "Invite to speak: accepted",
        "not a possible date",
    ):
        assert word in english and word not in chinese
    for word in ("谁在哪一层", "新星型", "未获同意：邮件", "邀请讲课：100 次中接受 12 次", "日期不成立"):
        assert word in chinese and word not in english
    # No sentence without its translation: as many pieces in one language as in the other.
    assert len(page.words["en"]) == len(page.words["zh"])
    assert not re.search("[\u4e00-\u9fff]", " ".join(page.words["en"]))


def test_every_text_has_two_languages_with_the_same_values() -> None:
    from tierwise.report.texts import TEXTS

    for key, (english, chinese) in TEXTS.items():
        assert english and chinese, key
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", chinese)), key
        assert re.search("[\u4e00-\u9fff]", chinese), key


def test_matrix_shows_every_cell(text: str) -> None:
    matrix = re.search(r'<table class="matrix">(.*?)</table>', text, re.S)
    assert matrix
    cells = re.findall(r'<td class="cell c(\d)[^"]*"><b>([\d,]+)</b><span class="t">T(\d)', matrix[1])
    given = facts()["cells"]
    assert [(int(count.replace(",", "")), int(tier)) for _, count, tier in cells] == [
        (c["count"], c["tier"]) for c in given
    ]
    assert all(int(colour) == int(tier) - 1 for colour, _, tier in cells)
    assert "unknown, counts as C" in matrix[1] and "未知，按 C 计" in matrix[1]


def test_tables_have_headers_and_pictures_have_names(page: Page) -> None:
    tables = [attributes for tag, attributes in page.tags if tag == "table"]
    assert len(tables) >= 8
    scoped = [attributes for tag, attributes in page.tags if tag == "th"]
    assert scoped and all(attributes.get("scope") for attributes in scoped)
    for tag, attributes in page.tags:
        if tag == "svg":
            assert attributes.get("aria-hidden") == "true" or (
                attributes.get("role") == "img" and attributes.get("aria-label")
            )


def test_cuts_stand_where_the_policy_cuts(text: str) -> None:
    identity = re.search(r'aria-label="Identity score[^"]*">(.*?)</svg>', text, re.S)
    assert identity
    axis = re.search(r'class="axis" x1="([\d.]+)" x2="([\d.]+)"', identity[1])
    assert axis
    left, right = map(float, axis.groups())
    cuts = [float(x) for x in re.findall(r'class="cut" x1="([\d.]+)"', identity[1])]
    assert cuts == pytest.approx([left + (right - left) * floor / 100 for floor in (60, 30)], abs=0.06)
    heights = [float(h) for h in re.findall(r'class="level l\d" [^>]*height="([\d.]+)"', identity[1])]
    counts = [n for n in facts()["identity"]["counts"] if n]
    assert len(heights) == len(counts)
    assert [h / heights[0] for h in heights] == pytest.approx([n / counts[0] for n in counts], abs=0.02)


def test_same_facts_same_bytes(text: str) -> None:
    assert report.build(facts()) == text


def test_an_empty_run_still_gives_a_page() -> None:
    nothing = facts()
    for cell in nothing["cells"]:
        cell["count"] = 0
    for tier in nothing["tiers"]:
        tier["count"] = 0
    nothing |= {
        "doctors": 0,
        "shown": [],
        "tags": [],
        "rejected": [],
        "basis": dict.fromkeys(("volume", "scorecard", "unknown"), 0),
    }
    nothing["actions"] = {"first": {}, "nothing": 0, "with_action": 0, "all": 0}
    nothing["funnel"] = {"candidates": 0, "picks": 0, "stages": []}
    assert Page(report.build(nothing)).open == []


@pytest.mark.parametrize("kind", ["dict", "pyarrow", "pandas", "polars"])
def test_facts_are_the_results_own_numbers(kind: str) -> None:
    if kind != "dict":
        pytest.importorskip(kind)
    territory = tierwise.simulate.territory(hcps=400, seed=3, frames=kind)  # type: ignore[arg-type]
    result = tierwise.run(
        territory.hcps,
        territory.interactions,
        consents=territory.consents,
        history=territory.history,
        as_of=territory.as_of,
    )
    counted = report.gather(result)
    assert counted["doctors"] == 400 == sum(cell["count"] for cell in counted["cells"])
    for tier, count in result.tier_counts.items():
        assert sum(cell["count"] for cell in counted["cells"] if cell["tier"] == tier) == count
    assert sum(counted["basis"].values()) == 400
    assert counted["basis"]["volume"] == sum(counted["deciles"]["counts"])
    funnel, actions = counted["funnel"], counted["actions"]
    assert funnel["candidates"] % 400 == 0  # every doctor starts with every candidate
    assert funnel["candidates"] - sum(stage["candidates"] for stage in funnel["stages"]) == funnel["picks"]
    assert funnel["stages"][-1]["left"] == funnel["picks"] == actions["all"]
    assert actions["nothing"] + actions["with_action"] == 400
    assert sum(sum(of.values()) for of in actions["first"].values()) == actions["with_action"]
    for name in ("identity", "engagement"):
        assert sum(counted[name]["counts"]) == counted[name]["known"] == 400 - counted["unknown"][name]["count"]
    why = [entry["why"] for entry in counted["shown"]]
    assert len(set(why)) == len(why) and 2 <= len(why) <= 4
    assert ("nothing" in why) == (actions["nothing"] > 0)
    json.dumps(counted)  # plain data
    assert Page(report.build(counted)).open == []


def test_facts_do_not_depend_on_the_kind_of_frame() -> None:
    pytest.importorskip("pyarrow")
    answers = []
    for kind in ("dict", "pyarrow"):
        territory = tierwise.simulate.territory(hcps=300, seed=4, frames=kind)  # type: ignore[arg-type]
        answers.append(
            report.build(report.gather(tierwise.run(territory.hcps, territory.interactions, as_of=territory.as_of)))
        )
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "floors", [[60.0, 30.0], [90.0, 40.0, 38.0, 37.0, 5.0], [99.5, 98.0, 97.0], [2.0, 1.0], [50.0]]
)
@pytest.mark.parametrize("peak", range(0, 20, 3))
def test_no_two_texts_of_a_histogram_meet(floors: list[float], peak: int) -> None:
    from tierwise.report.marks import histogram

    counts = [10] * 20
    counts[peak] = 12_345
    names = [(f"level {i}", f"{i} 级") for i in range(len(floors))]
    svg = histogram({"counts": counts, "floors": floors, "high": 100, "unknown": 0}, names, ("a", "b"))
    for language in ("en", "zh"):
        boxes = []
        for x, y, anchor, attributes, text in re.findall(
            r'<text x="([^"]+)" y="([^"]+)" text-anchor="([^"]+)"([^>]*)>([^<]*)<', svg
        ):
            if "lang" in attributes and f'lang="{language}"' not in attributes:
                continue
            wide = sum(11.5 if ord(sign) > 0x2E7F else 6.5 for sign in text)
            left = float(x) - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
            boxes.append((left, left + wide, float(y) - 9, float(y) + 2))
        assert len(boxes) == len(floors) + 1 + 6
        for i, (a, b, c, d) in enumerate(boxes):
            assert c >= 0
            for e, f, g, h in boxes[:i]:
                assert b <= e or f <= a or d <= g or h <= c
