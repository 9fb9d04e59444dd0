"""Guides whose Python runs from top to bottom, and prints what they show below each step."""

import contextlib
import io
import pathlib
import re

import pytest

GUIDES = pathlib.Path(__file__).parents[2] / "docs" / "guides"


@pytest.mark.parametrize("guide", ["tags.md"])
def test_steps_print_what_is_shown(guide: str) -> None:
    pytest.importorskip("pandas")
    text = (GUIDES / guide).read_text(encoding="utf-8")
    steps = re.findall(r"```python\n(.*?)```\n(?:\n```text\n(.*?)```)?", text, re.DOTALL)
    assert len(steps) == text.count("```python") > 5
    given: dict[str, object] = {}
    for code, shown in steps:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(code, given)
        assert said.getvalue() == shown, code
