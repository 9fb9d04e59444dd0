"""The dictionary matcher against the regular expressions of `re`, over kinds of frames, and its shipped dictionary."""

from __future__ import annotations

import json
import random
import re

import numpy as np
import pytest
from tierwise.errors import ArgumentError, DataError, FileMissingError, WrongTypeError
from tierwise.matcher import Match, Matcher, count_tags

WORD = "A-Za-z0-9_À-ÖØ-öø-ɏͰ-ԯ"  # without × and ÷
PIECES = ["a", "b", "B", "ab", "é", "É", "肺", "癌", "小细胞", " ", "1", "-", "Ω", "😀", "\0", "×"]


def by_re(dictionary: dict[str, list[str]], excluding: list[str], text: str) -> list[tuple[int, int, set[str]]]:
    """Each term searched for alone, at every place; those inside a longer one are taken out."""
    found: dict[tuple[int, int], set[str]] = {}
    for tag, terms in [*dictionary.items(), ("", excluding)]:
        for term in terms:
            core = re.escape(term.strip().lower())
            before = f"(?<![{WORD}])" if re.match(f"[{WORD}]", term.strip()) else ""
            after = f"(?![{WORD}])" if re.search(f"[{WORD}]$", term.strip()) else ""
            for match in re.finditer(f"(?={before}({core}){after})", text.lower()):
                found.setdefault(match.span(1), set()).update({tag} - {""})
    longest = [
        (begin, end, tags)
        for (begin, end), tags in found.items()
        if not any(b <= begin and end <= e and (b, e) != (begin, end) for b, e in found)
    ]
    return sorted(each for each in longest if each[2])


def test_as_regular_expressions_find():
    draw, seen = random.Random(3), 0

    def text(longest: int) -> str:
        return "".join(draw.choice(PIECES) for _ in range(draw.randint(1, longest)))

    for _ in range(1500):
        terms = [each for each in (text(4).strip() for _ in range(8)) if each and "  " not in each]
        dictionary = {"x": terms[:3], "y": terms[2:5], "z": terms[5:7]}
        read = re.sub(" +", " ", text(40))
        matches = Matcher(dictionary, excluding=terms[7:]).find(read)
        assert [(m.begin, m.end, set(m.tags)) for m in matches] == by_re(dictionary, terms[7:], read)
        raw = read.encode()
        assert all(raw[m.begin_byte : m.end_byte].decode() == read[m.begin : m.end] for m in matches)
        seen += len(matches)
    assert seen > 2000


def test_the_shipped_dictionary_reads_both_languages():
    shipped = Matcher.shipped()
    assert sum(map(len, shipped.dictionary.values())) > 400
    assert shipped.tags("A phase III trial in non-small-cell lung cancer: overall survival and adverse events") == {
        "clinical_trial": 1,
        "efficacy": 1,
        "lung_cancer": 1,
        "oncology": 1,
        "safety": 1,
    }
    assert shipped.tags("２型糖尿病患者的医保报销与胰岛素用法用量") == {
        "diabetes": 2,
        "dosing": 1,
        "endocrinology": 2,
        "reimbursement": 1,
    }
    assert "small_cell_lung_cancer" not in shipped.tags("非小细胞肺癌")
    assert shipped.tags("visual aids and food safety") == {}
    assert set(Matcher.names()) == set(shipped.vocabulary) == set(Matcher.names(chinese=True))


def test_a_match_says_where():
    assert Matcher({"lung": ["肺癌"]}).find("é肺癌") == [Match(1, 3, 2, 8, "肺癌", ("lung",))]
    assert Matcher({"a": ["x"], "b": ["X"]}).tags("x") == {"a": 1, "b": 1}


def test_a_dictionary_of_ones_own(tmp_path):
    path = tmp_path / "terms.json"
    path.write_text(json.dumps({"terms": {"flu": ["flu", "流感"]}, "excluding": ["bird flu"]}), encoding="utf-8")
    read = Matcher.from_file(path)
    assert read.tags("流感, not bird flu") == {"flu": 1}
    assert read.excluding == ["bird flu"]
    more = Matcher.shipped().dictionary | {"us": ["our drug"]}
    assert Matcher(more).tags("our drug in asthma") == {"asthma": 1, "respiratory": 1, "us": 1}
    with pytest.raises(FileMissingError):
        Matcher.from_file(tmp_path / "none.json")
    for broken in ("[", "[]", '{"terms": {}, "other": 1}', '{"terms": {}, "excluding": 1}'):
        path.write_text(broken, encoding="utf-8")
        with pytest.raises(DataError):
            Matcher.from_file(path)


@pytest.mark.parametrize("kind", ["dict", "pandas", "polars", "pyarrow"])
def test_a_column_of_texts_gives_a_frame_of_counts(kind):
    given = {"id": ["d1", "d2", "d3"], "text": ["flu and flu", None, "asthma"]}
    if kind != "dict":
        library = pytest.importorskip(kind)
        given = (library.table if kind == "pyarrow" else library.DataFrame)(given)
    matcher = Matcher({"flu": ["flu"], "asthma": ["asthma"]})
    out = matcher.count(given, id="id")
    assert [np.asarray(out[name]).tolist() for name in ("flu", "asthma")] == [[2, 0, 0], [0, 0, 1]]
    assert [str(each) for each in np.asarray(out["id"])] == ["d1", "d2", "d3"]
    same = count_tags(given, by=lambda text: matcher.tags(text))
    assert all(np.asarray(same[name]).tolist() == np.asarray(out[name]).tolist() for name in ("flu", "asthma"))
    assert type(count_tags(given, by=matcher)) is type(out)


def test_what_is_no_dictionary_or_text_is_refused():
    for wrong in (["flu"], {"flu": "flu"}, {"flu": [1]}, {1: ["flu"]}):
        with pytest.raises(WrongTypeError):
            Matcher(wrong)
    for empty in ({"flu": [""]}, {"flu": [" \n"]}, {"": ["flu"]}):
        with pytest.raises(ValueError, match="expected"):
            Matcher(empty)
    with pytest.raises(WrongTypeError):
        Matcher({"flu": ["flu"]}).tags(3)
    with pytest.raises(ValueError, match="UTF-8"):
        Matcher({"flu": ["flu"]}).tags("\ud800")
    with pytest.raises(ValueError, match="half a character"):
        Matcher({"flu": ["\ud800"]})
    with pytest.raises(WrongTypeError, match="list of terms"):
        Matcher({"flu": ["flu"]}, excluding="visual aids")
    with pytest.raises(ArgumentError, match="name of a tag"):
        Matcher({"id": ["flu"]}).count({"text": ["flu"], "id": [1]}, id="id")
    for said in ({"flu": 0.9}, {"flu": -3}, {"flu": float("nan")}, {"flu": 2**40}, {1: 1}, ["flu"]):
        with pytest.raises((DataError, WrongTypeError), match="whole numbers from 0"):
            count_tags({"text": ["flu"]}, by=lambda text, said=said: said)
    with pytest.raises(WrongTypeError):
        Matcher({"flu": ["flu"]}).count({"text": [1, 2]})


@pytest.mark.parametrize(
    ("text", "says", "says_not"),
    [
        ("Non\u2013small-cell lung cancer", "lung_cancer", "small_cell_lung_cancer"),
        ("non small cell lung cancer", "lung_cancer", "small_cell_lung_cancer"),
        ("非 小细胞肺癌", "lung_cancer", "small_cell_lung_cancer"),
        ("Extensive-stage small\u2010cell lung cancer", "small_cell_lung_cancer", "hiv"),
        ("Alzheimer\u2019s disease", "dementia", "hiv"),
        ("PD\u20111 inhibitors", "immunotherapy", "hiv"),
        ("\u2162期临床研究", "clinical_trial", "hiv"),
        ("can\u00adcer ther\u200bapy", "oncology", "hiv"),
        ("优化疗效", "", "oncology"),
        ("优化化疗方案", "oncology", "hiv"),
        ("与专家交流感受", "", "influenza"),
        ("流感疫苗", "influenza", "hiv"),
        ("化学分析", "", "medical_education"),
        ("今年会有新药", "", "congress"),
        ("血液学年会", "congress", "hiv"),
        ("跨国谈判", "", "reimbursement"),
        ("指南针", "", "guideline"),
        ("高血压指南", "guideline", "hiv"),
        ("生产科技", "", "womens_health"),
        ("采集采样", "", "volume_procurement"),
        ("this aids doctors in prescribing", "", "hiv"),
        ("decision aids", "", "hiv"),
        ("HIV/AIDS", "hiv", "influenza"),
        ("ST-segment depression", "", "depression"),
        ("insulin-like growth factor", "", "diabetes"),
        ("insulin glargine", "diabetes", "hiv"),
        ("US Congress", "", "congress"),
    ],
)
def test_usual_spellings_and_everyday_phrases(text, says, says_not):
    found = Matcher.shipped().tags(text)
    assert says_not not in found
    assert not says or says in found


def test_words_of_other_letters_have_boundaries():
    assert Matcher({"about": ["re"]}).tags("re\u0301sume\u0301") == {}
    assert Matcher({"autumn": ["thu"]}).tags("thu\u1ed1c") == {}
    assert Matcher({"second": ["ii期"]}).tags("\u2162期") == {}
    assert Matcher({"second": ["ii期"]}).tags("\u2161期") == {"second": 1}
