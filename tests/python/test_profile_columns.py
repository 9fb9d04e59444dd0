"""Columns added to a profile: the same doctors in any order, in each kind of frame; what does not fit is said."""

import numpy as np
import pytest
import tierwise
from tierwise.errors import ArgumentError, DataError, MissingColumnError, UnknownHcpError, WrongTypeError

IDS = ["H3", "H1", "H2"]
SCORES = {"hcp_id": ["H1", "H2", "H3"], "score": [1.0, None, 3.0], "side": ["left", "right", None]}


def made(kind):
    if kind == "dict":
        return lambda columns: {
            name: np.array(values, dtype=float if name in ("score", "contacts_90d") else object)
            for name, values in columns.items()
        }
    module = pytest.importorskip(kind)
    return module.table if kind == "pyarrow" else module.DataFrame


def profile_of(make):
    return tierwise.profile.from_frame(
        tierwise.Policy.default(), make({"hcp_id": IDS, "contacts_90d": [1.0, 2.0, 3.0]}), as_of="2026-06-30"
    )


@pytest.mark.parametrize("kind", ["dict", "pandas", "polars", "pyarrow"])
def test_rules_ask_for_them_whatever_the_order(kind):
    make = made(kind)
    profile = profile_of(make)
    joined = profile.with_columns(make(SCORES))
    assert joined.columns[-2:] == ["score", "side"] and "score" not in profile.columns
    schema = tierwise.tag.Schema({"score": "number", "side": "text"})
    tags = tierwise.tag.TagRegistry({"high": "score > 2", "left": 'side == "left"'}, schema).evaluate(joined)
    assert tags["high"].tolist() == [True, False, False] and tags.known("high").tolist() == [True, True, False]
    assert tags["left"].tolist() == [False, True, False] and tags.known("left").tolist() == [False, True, True]
    assert type(joined.frame) is type(profile.frame)


def test_what_does_not_fit():
    profile = profile_of(made("dict"))
    with pytest.raises(UnknownHcpError, match="of 3 doctors of the profile 1 are not in this frame"):
        profile.with_columns({"hcp_id": ["H1", "H2"], "score": [1.0, 2.0]})
    with pytest.raises(DataError, match="1 rows have the hcp_id of another"):
        profile.with_columns({"hcp_id": [*IDS, "H1"], "score": [1.0, 2.0, 3.0, 4.0]})
    with pytest.raises(ArgumentError, match="has this column already"):
        profile.with_columns({"hcp_id": IDS, "contacts_90d": [1.0, 2.0, 3.0]})
    with pytest.raises(MissingColumnError):
        profile.with_columns({"score": [1.0, 2.0, 3.0]})
    pd = pytest.importorskip("pandas")
    with pytest.raises(WrongTypeError, match="of the kind of the profile's: dict, not pandas"):
        profile.with_columns(pd.DataFrame({"hcp_id": IDS, "score": [1.0, 2.0, 3.0]}))
    with pytest.raises(MissingColumnError, match="with_columns"):
        tierwise.tag.TagRegistry.from_policy(tierwise.Policy.default()).evaluate(profile)


def test_a_registry_brings_schema_and_groups_to_its_analysis():
    schema = tierwise.tag.Schema({"patients": "number"})
    groups = {"load": {"exclusive": True}}
    tags = {
        "busy": {"rule": "patients >= 100", "group": "load"},
        "quiet": {"rule": "patients <= 100", "group": "load"},
    }
    registry = tierwise.tag.TagRegistry(tags, schema, groups=groups)
    found = tierwise.tag.analyse(registry)
    assert found == tierwise.tag.analyse(tags, schema, groups=groups) and found[0].kind == "overlap"
    default = tierwise.Policy.default()
    assert tierwise.tag.analyse(tierwise.tag.TagRegistry.from_policy(default)) == tierwise.tag.analyse(default)
