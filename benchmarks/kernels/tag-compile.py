"""Reading, checking and compiling a registry of 1,000 rules, through the installed Python package. Peer `limit` is a tenth of a second."""

from tag_rules import SCHEMA, drawn, texts
from tierwise.tag import TagRegistry
from turns import medians, record


def compare(programs):
    rules = texts(*drawn(1_000, 1_500))
    found = medians({"ours": lambda: TagRegistry(rules, SCHEMA)}, 31)
    yield record("tag-compile", len(rules), "limit", found["ours"], 100, 1)
