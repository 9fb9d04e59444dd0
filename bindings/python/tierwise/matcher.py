"""Content tags of a text by a dictionary: which terms stand in it, in English and Chinese.

>>> from tierwise.matcher import Matcher
>>> Matcher.shipped().tags("非小细胞肺癌 first-line: PD-1抑制剂的安全性")
{'first_line': 1, 'immunotherapy': 1, 'lung_cancer': 1, 'oncology': 1, 'safety': 1}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from . import _core, _frames
from ._frames import Source
from .errors import ArgumentError, DataError, FileMissingError, Place, WrongTypeError

__all__ = ["Match", "Matcher", "count_tags"]


@dataclass(frozen=True)
class Match:
    """A term that stands in a text: `text[begin:end]`, and bytes [begin_byte, end_byte) of its UTF-8 form."""

    begin: int
    end: int
    begin_byte: int
    end_byte: int
    term: str
    """As the dictionary has it, folded."""
    tags: tuple[str, ...]


class Matcher:
    """A dictionary of terms made ready. `dictionary` maps a tag id to its terms; terms of `excluding` say nothing, and hide the terms
    inside them.

    A–Z, À–Þ and full-width letters are compared as small, runs of white space as one space. A term that begins or ends with a letter
    or digit stands only at a word's boundary; Chinese has none. The longest term wins: one that lies inside a longer one that stands
    there does not count. Terms that overlap without one lying in the other all count. More: `docs/reference/matcher.md`.

    >>> matcher = Matcher({"lung": ["lung cancer", "肺癌"], "trial": ["trial"]}, excluding=["trial and error"])
    >>> matcher.tags("Lung\\ncancer by trial and error")
    {'lung': 1}
    """

    def __init__(self, dictionary: Mapping[str, Sequence[str]], *, excluding: Iterable[str] = ()) -> None:
        if not isinstance(dictionary, Mapping):
            message = f"expected a mapping of tag ids to lists of terms, not {type(dictionary).__name__}"
            raise WrongTypeError("wrong_type", message, Place(column="dictionary"))
        terms: list[tuple[str, list[str]]] = []
        for tag, texts in dictionary.items():
            if isinstance(texts, str) or not isinstance(texts, Iterable) or not isinstance(tag, str):
                message = "expected a list of terms for each tag id"
                raise WrongTypeError("wrong_type", message, Place(column="dictionary"))
            terms += [(_text(text, "dictionary"), [tag]) for text in texts]
        if isinstance(excluding, str):
            raise WrongTypeError("wrong_type", "expected a list of terms", Place(column="excluding"))
        self._make(terms + [(_text(text, "excluding"), []) for text in excluding])

    def _make(self, terms: list[tuple[str, list[str]]]) -> None:
        self._terms = terms
        self._core = _core.TermMatcher(terms)

    @classmethod
    def shipped(cls) -> Matcher:
        """The dictionary that comes with tierwise: therapy areas, diseases and topics, in English and Chinese. A disease's terms say its
        therapy area too.

        >>> len(Matcher.shipped().vocabulary) >= 40
        True
        """
        out = cls.__new__(cls)
        out._make(_core.shipped_terms())
        return out

    @classmethod
    def from_file(cls, path: str | Path) -> Matcher:
        """Reads `{"terms": {"tag": ["term", …], …}, "excluding": ["term", …]}` from JSON."""
        try:
            read = json.loads(Path(path).read_text(encoding="utf-8"), object_pairs_hook=_once)
        except FileNotFoundError:
            raise FileMissingError("file_not_found", "there is no such file", Place(path=str(path))) from None
        except OSError as cause:
            raise DataError("invalid_argument", f"cannot read it: {cause.strerror}", Place(path=str(path))) from None
        except ValueError as cause:
            raise DataError("invalid_argument", f"expected JSON: {cause}", Place(path=str(path))) from None
        if (
            not isinstance(read, dict)
            or not {"terms"} <= set(read) <= {"terms", "excluding"}
            or not isinstance(read.get("excluding", []), list)
        ):
            message = 'expected {"terms": {tag: [term, …]}, "excluding": [term, …]}'
            raise DataError("invalid_argument", message, Place(path=str(path)))
        return cls(read["terms"], excluding=read.get("excluding", []))

    def __repr__(self) -> str:
        return f"<tierwise.matcher.Matcher: {len(self._terms)} terms for {len(self.vocabulary)} tags>"

    @property
    def vocabulary(self) -> list[str]:
        """The tag ids, sorted."""
        return self._core.tags

    @property
    def dictionary(self) -> dict[str, list[str]]:
        """Tag ids and their terms as given; to be changed and made a matcher of one's own."""
        out: dict[str, list[str]] = {tag: [] for tag in self.vocabulary}
        for text, tags in self._terms:
            for tag in tags:
                out[tag].append(text)
        return out

    @property
    def excluding(self) -> list[str]:
        """The terms that say nothing."""
        return [text for text, tags in self._terms if not tags]

    @staticmethod
    def names(*, chinese: bool = False) -> dict[str, str]:
        """Names for people of the shipped tags, by id.

        >>> Matcher.names(chinese=True)["lung_cancer"]
        '肺癌'
        """
        key = "name_zh" if chinese else "name_en"
        return {str(tag["id"]): str(tag[key]) for tag in _core.shipped_content_tags()}

    def find(self, text: str) -> list[Match]:
        """What stands in the text, by rising begin."""
        return [Match(*found) for found in self._core.find(_text(text, "text"))]

    def tags(self, text: str) -> dict[str, int]:
        """Tags of the text, sorted, and how many of its terms say each."""
        count: dict[str, int] = {}
        for match in self.find(text):
            for tag in match.tags:
                count[tag] = count.get(tag, 0) + 1
        return dict(sorted(count.items()))

    def __call__(self, text: str) -> dict[str, int]:
        """As `tags`: wherever a callable from text to tags is asked for, a matcher will do, and the reverse."""
        return self.tags(text)

    def count(self, frame: Any, *, text: str = "text", id: str | None = None) -> Any:
        """A frame of the caller's kind with one row a text and one column a tag of the vocabulary: how many terms say it. A missing text
        counts 0 everywhere. `id` names a column to keep in front.

        >>> Matcher({"flu": ["flu"]}).count({"text": ["Flu and flu", None]})["flu"].tolist()
        [2, 0]
        """
        source = Source(frame, "texts")
        counts = self._core.count(source.column(text, "text"))
        out: dict[str, _frames.Out] = {}
        if id is not None:
            if id in self.vocabulary:
                raise ArgumentError("invalid_argument", f"'{id}' is the name of a tag as well", Place(column="id"))
            codes, values = _core.coded(source.ids(id))
            out[id] = (
                _frames.Text(codes, values)
                if isinstance(values, list)
                else _frames.Ints(np.append(values, 0)[codes], codes >= 0)
            )
        return _frames.frame_of(source.kind, out | dict(zip(self.vocabulary, counts, strict=True)))


def _text(given: object, argument: str) -> str:
    if not isinstance(given, str):
        raise WrongTypeError("wrong_type", f"expected text, not {type(given).__name__}", Place(column=argument))
    try:
        given.encode()
    except UnicodeEncodeError:
        raise DataError(
            "invalid_argument", "half a character, which UTF-8 cannot write", Place(column=argument)
        ) from None
    return given


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON whose keys are different."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _counts(found: object) -> dict[str, int]:
    """What a callable says of a text."""
    expected = f"by() must give whole numbers from 0 by tag, not {type(found).__name__}"
    if not isinstance(found, Mapping):
        raise WrongTypeError("wrong_type", expected, Place(column="by"))
    for tag, n in found.items():
        whole = isinstance(n, (int, np.integer)) and not isinstance(n, bool) and 0 <= n < 2**31
        if not isinstance(tag, str) or not whole:
            raise DataError(
                "out_of_range", f"by() must give whole numbers from 0 by tag, not {n!r}", Place(column="by")
            )
    return {tag: int(n) for tag, n in found.items()}


def count_tags(frame: Any, *, by: Callable[[str], Mapping[str, int]] | Matcher, text: str = "text") -> Any:
    """As `Matcher.count`, by any callable from a text to its tags and their counts: a `Matcher`, or a model of your own. Columns are
    the tags that were found, sorted (of a `Matcher` its whole vocabulary).

    >>> count_tags({"text": ["a b", "b"]}, by=lambda text: {word: 1 for word in text.split()})["a"].tolist()
    [1, 0]
    """
    if isinstance(by, Matcher):
        return by.count(frame, text=text)
    source = Source(frame, "texts")
    found = [{} if value is None else _counts(by(_text(value, text))) for value in source.values(text)]
    tags = sorted({tag for each in found for tag in each})
    columns: dict[str, _frames.Out] = {
        tag: np.array([each.get(tag, 0) for each in found], dtype=np.int32) for tag in tags
    }
    return _frames.frame_of(source.kind, columns)
