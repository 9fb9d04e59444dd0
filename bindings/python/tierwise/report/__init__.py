"""report.html: one self-contained page on a run, in English and Chinese.

    facts = tierwise.report.gather(result)
    Path("report.html").write_text(tierwise.report.build(facts), encoding="utf-8")

The page loads nothing: its content security policy allows the one style sheet and the one script inside it, by their hashes.
Text from data is escaped, so that a name with markup in it stays a name.
"""

from __future__ import annotations

import base64
import hashlib
import json
from importlib import resources
from string import Template

from . import sections
from .facts import Facts, gather
from .marks import both, escape
from .texts import say

__all__ = ["Facts", "build", "gather"]


def build(facts: Facts) -> str:
    """The page as HTML. The same facts give the same bytes."""
    style, script = _part("style.css"), _part("script.js")
    heading = say("title_n", n=len(facts["tiers"])) if len(facts["tiers"]) != 9 else say("title")
    titles = {
        "en": f"{heading[0]}: {facts['policy']['name']}, {facts['as_of']}",
        "zh": f"{heading[1]}：{facts['policy']['name']}，{facts['as_of']}",
    }
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    return Template(_part("template.html")).substitute(
        csp=policy,
        title=escape(titles["en"]),
        style=style,
        script=script,
        skip=both(say("skip")),
        version=escape(facts["version"]),
        heading=both(heading),
        meta=sections.meta(facts),
        figures=sections.figures(facts),
        nav=sections.navigation(),
        sections="\n".join(part(facts) for part in sections.ALL),
        footer=both(say("footer", version=facts["version"], policy=facts["policy"]["name"])),
        data=data_island({**facts, "titles": titles}),
    )


def data_island(data: object) -> str:
    """JSON that cannot end the script element that it stands in, nor begin a comment."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def _part(name: str) -> str:
    return (resources.files(__package__) / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
