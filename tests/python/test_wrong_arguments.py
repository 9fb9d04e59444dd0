"""A thing given in another's place is told with what was expected and how to come by it, at every door."""

import copy
import pathlib
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tierwise as tw

TERRITORY = tw.simulate.territory(hcps=60, seed=3)
HCPS, CONTACTS, AS_OF = TERRITORY.hcps, TERRITORY.interactions, TERRITORY.as_of
POLICY = tw.Policy.default()
PROFILE = tw.profile.build(POLICY, HCPS, CONTACTS, as_of=AS_OF)
MODEL = tw.Model.fit(POLICY, PROFILE)
SCORES = [np.zeros(2, dtype=np.float32)] * 3
SEGMENTS = MODEL.segments.assign(PROFILE)
JSON = POLICY.to_json()
seg = tw.segment

OF_ANOTHER_KIND: dict[str, tuple[Callable[[], Any], str]] = {
    "a frame for a profile": (lambda: tw.Model.fit(POLICY, HCPS), "expected a Profile, not dict; tierwise.profile.build"),
    "the order": (lambda: tw.Model.fit(PROFILE, POLICY), "expected a Policy, not Profile; Policy.default"),
    "a name for a policy": (lambda: tw.Model.fit("sab", PROFILE), "expected a Policy, not str"),
    "a profile for a history": (lambda: tw.Model.fit(POLICY, PROFILE, PROFILE), "table 'history': .* not Profile"),
    "decide: frame": (lambda: MODEL.decide(HCPS), "expected a Profile, not dict"),
    "decide: threads": (lambda: MODEL.decide(PROFILE, threads="2"), "expected a whole number, not str"),
    "run: path": (lambda: tw.run("h.csv", CONTACTS, as_of=AS_OF), "read the file first"),
    "run: a path of pathlib": (lambda: tw.run(pathlib.Path("h.csv"), as_of=AS_OF), "read the file first"),
    "run: policy first": (lambda: tw.run(POLICY, HCPS, as_of=AS_OF), "not Policy; it goes where the policy goes"),
    "run: profile": (lambda: tw.run(PROFILE, as_of=AS_OF), "not Profile; its .frame"),
    "run: territory": (lambda: tw.run(TERRITORY, as_of=AS_OF), "not Territory; its .hcps"),
    "run: rows": (lambda: tw.run([{"hcp_id": "a"}], as_of=AS_OF), "a table has columns"),
    "run: frame as policy": (lambda: tw.run(HCPS, policy=PROFILE, as_of=AS_OF), "expected a Policy, a path or a dictionary"),
    "run: policy as model": (lambda: tw.run(HCPS, model=POLICY, as_of=AS_OF), "expected a Model, not Policy"),
    "run: segments as model": (lambda: tw.run(HCPS, model=MODEL.segments, as_of=AS_OF), "expected a Model, not SegmentModel"),
    "run: threads": (lambda: tw.run(HCPS, as_of=AS_OF, threads="2"), "expected a whole number, not str"),
    "build: frame": (lambda: tw.profile.build(HCPS, CONTACTS, as_of=AS_OF), "expected a Policy, not dict"),
    "build: name": (lambda: tw.profile.build("sab", HCPS, as_of=AS_OF), "expected a Policy, not str"),
    "from_frame": (lambda: tw.profile.from_frame(HCPS, POLICY, as_of=AS_OF), "expected a Policy, not dict"),
    "SegmentModel: frame": (lambda: tw.SegmentModel(HCPS["hcp_id"]).fit(PROFILE), "expected a Policy, a path"),
    "SegmentModel.fit: policy": (lambda: tw.SegmentModel().fit(POLICY), "expected a Profile, a frame or an array, not Policy"),
    "SegmentModel.fit: path": (lambda: tw.SegmentModel().fit("x.csv"), "read the file first"),
    "SegmentModel.fit of the class": (lambda: tw.SegmentModel.fit(POLICY, HCPS), r"SegmentModel\(policy\).fit\(X\)"),
    "segment.fit: order": (lambda: seg.fit(PROFILE, POLICY), "expected a Policy, a path"),
    "classify": (lambda: seg.classify(HCPS, *SCORES, potential_floors=[3, 2, 1]), "expected a Policy, not dict"),
    "settle": (lambda: seg.settle(POLICY, SEGMENTS, as_of=AS_OF), "expected a SegmentModel, not Policy; .*segment.fit"),
    "nearest_cuts": (lambda: seg.nearest_cuts(MODEL, SEGMENTS), "expected a SegmentModel, not Model; .* in .segments"),
    "sensitivity": (lambda: seg.sensitivity(SEGMENTS, MODEL.segments), "expected a SegmentModel, not dict"),
    "confidence": (lambda: seg.confidence(MODEL.segments, HCPS, CONTACTS), "expected a Profile, not dict"),
    "migration": (lambda: seg.migration(SEGMENTS, SEGMENTS, model=POLICY), "expected a SegmentModel, not Policy"),
    "PopulationSummary": (lambda: seg.PopulationSummary(HCPS, POLICY), "expected a Policy, not dict"),
    "propensity: frame": (lambda: tw.propensity.fit(HCPS, PROFILE), "expected a Policy, not dict"),
    "propensity: profile": (lambda: tw.propensity.fit(POLICY, HCPS), "expected a Profile, not dict"),
    "recommend: order": (lambda: tw.recommend.decide(MODEL, PROFILE), "expected a Model, not Profile"),
    "recommend: policy": (lambda: tw.recommend.decide(PROFILE, POLICY), "expected a Model, not Policy; tierwise.Model.fit"),
    "with_actions": (lambda: tw.recommend.with_actions(HCPS, POLICY), "expected a Policy, not dict"),
    "tag.evaluate: model": (lambda: tw.tag.evaluate(PROFILE, MODEL), "expected a SegmentModel, not Model"),
    "tag.evaluate: order": (lambda: tw.tag.evaluate(MODEL.segments, PROFILE), "expected a Profile, not SegmentModel"),
    "check_rule: text": (lambda: tw.tag.check_rule(POLICY), "expected text, not Policy"),
    "check_rule: policy": (lambda: tw.tag.check_rule("tier <= 3", "sab"), "expected a Policy, not str"),
    "Rule: schema": (lambda: tw.tag.Rule("tier <= 3", None), "expected a Schema or a Policy, not NoneType"),
    "exploratory": (lambda: tw.exploratory.assign(HCPS, POLICY), "expected a Policy, not dict"),
    "allocation": (lambda: tw.allocation.summarise(SEGMENTS, POLICY), "expected a Policy, not dict"),
    "movers": (lambda: tw.movers.movers({}, as_of=AS_OF, policy="sab"), "expected MoverPolicy, not str"),
    "territory": (lambda: tw.simulate.territory(hcps="60"), "expected a whole number, not str"),
    "from_file": (lambda: tw.Policy.from_file({}), "expected a path, not dict"),
    "from_json": (lambda: tw.Policy.from_json({}), "expected JSON text, not dict"),
    "from_dict": (lambda: tw.Policy.from_dict(JSON), "expected a dictionary, not str"),
    "from_dict: set": (lambda: tw.Policy.from_dict({"a": {1}}), "what JSON can"),
    "check": (lambda: tw.Policy.check(POLICY), "expected JSON text, not Policy"),
    "shipped": (lambda: tw.Policy.shipped([]), "expected a name, not list"),
    "Policy": (lambda: tw.Policy("sab.json"), "made by Policy.default"),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_ANOTHER_KIND)
def test_another_kind_is_a_type_error(name: str) -> None:
    call, words = OF_ANOTHER_KIND[name]
    with pytest.raises(tw.WrongTypeError, match=words) as caught:
        call()
    assert isinstance(caught.value, TypeError)


def test_text_that_something_else_reads() -> None:
    with pytest.raises(tw.ArgumentError, match=r"JSON text: Policy.from_json"):
        tw.Policy.from_file(JSON)
    with pytest.raises(tw.ArgumentError, match=r"JSON text: Policy.from_json"):
        tw.run(HCPS, policy=JSON, as_of=AS_OF)
    for read in (tw.Policy.from_json, tw.Policy.check):
        with pytest.raises(tw.ArgumentError, match=r"a path, not JSON text: Policy.from_file"):
            read("mine.json")
        with pytest.raises(tw.ArgumentError, match=r"name of a shipped policy: Policy.shipped"):
            read("default")
    with pytest.raises(tw.FileMissingError, match=r"Policy.shipped"):
        tw.Policy.from_file("default")
    with pytest.raises(tw.ArgumentError, match="did you mean 'default'"):
        tw.Policy.shipped("defualt")
    with pytest.raises(tw.ArgumentError, match="finite"):
        tw.Policy.from_dict({"name": float("nan")})
    with pytest.raises(tw.PolicyError, match="line 1"):  # no JSON, but meant as such
        tw.Policy.from_json("tier: 1")


@pytest.mark.skipif("sab" not in tw.Policy.shipped_names(), reason="the package is not installed with its policies")
def test_shipped_policies_by_name() -> None:
    assert tw.Policy.shipped_names() == sorted(tw.Policy.shipped_names())
    for name in tw.Policy.shipped_names():
        assert tw.Policy.check(tw.Policy.shipped(name).to_json()) == []
    assert tw.SegmentModel("sab").fit(PROFILE).policy_ == tw.Policy.shipped("sab")
    assert tw.run(HCPS, CONTACTS, policy="sab", as_of=AS_OF).policy == tw.Policy.shipped("sab")


@pytest.mark.parametrize("take", [pickle.dumps, copy.copy, copy.deepcopy], ids=["pickle", "copy", "deepcopy"])
def test_what_cannot_be_kept_says_what_can(take: Callable[[Any], Any]) -> None:
    held = {
        "Result": (tw.run(HCPS, CONTACTS, as_of=AS_OF), "keep its frames"),
        "Model": (MODEL, "keep its policy"),
        "Profile": (PROFILE, "keep these, or its .frame"),
        "Rates": (tw.propensity.fit(POLICY, PROFILE), "keep its .frame"),
        "Territory": (TERRITORY, "the same seed"),
        "Rule": (tw.tag.check_rule("tier <= 3"), "keep its text"),
    }
    for name, (thing, instead) in held.items():
        with pytest.raises(TypeError, match=rf"a {name} cannot be pickled or copied: .*{instead}"):
            take(thing)
