"""Facts of an invented run, small enough to check by eye, for tests of the report alone."""

from __future__ import annotations

from typing import Any

HOSTILE = "H</script><img src=x onerror=alert(1)>&\u2028"
"""An id that would end the data island, or become markup, if it were not escaped."""

GRADES, LEVELS = ["A", "B", "C", "D"], ["high", "medium", "low"]


def cell(grade: str, identity: str, engagement: str) -> dict[str, Any]:
    """The default tier table."""
    i, e = identity == "high", engagement == "high"
    kind = 0 if i and e else 1 if i else 2 if e else 3
    tier = 9 if grade == "D" else kind + (1 if grade in "AB" else 5)
    types = ["pioneer", "traditional", "rising star", "ordinary"]
    resources = ["high", "medium-high", "medium-high", "medium", "medium", "medium-low", "medium-low", "low", "lower"]
    return {
        "identity": identity,
        "engagement": engagement,
        "tier": tier,
        "profile_type": types[kind],
        "resources": resources[tier - 1],
    }


def doctor(name: str, language: str, nothing: bool = False) -> dict[str, Any]:
    """What Explanation.to_dict gives."""
    english = language == "en"
    parts = [
        {"column": "title", "value": 40.5, "weight_share": 0.25, "known": True},
        {"column": "trials", "value": 30.25, "weight_share": 0.15, "known": True},
        {"column": "publications", "value": 0.0, "weight_share": 0.1, "known": False},
    ]
    pick = {
        "rank": 1, "action_id": "invite_speaker", "channel": "visit", "content_id": "none", "priority": 0.63, "propensity": 0.1,
        "context": 1.0, "value": 6.0, "lever": 1.05, "expires": "2026-07-14",
        "reason": "Invite to speak: accepted in 12 of 100." if english else "邀请讲课：100 次中接受 12 次。",
    }  # fmt: skip
    if nothing:
        pick |= {
            "action_id": "do_nothing",
            "channel": "none",
            "priority": None,
            "reason": "Nothing to do: no consent." if english else "暂不打扰：未获同意。",
        }
    return {
        "hcp_id": name, "as_of": "2026-06-30", "tier": 1, "resources": "high", "grade": None if nothing else "A", "decile": None if nothing else 9,
        "profile_type": "pioneer",
        "reason": "Tier 1: grade A by volume, high identity, high engagement." if english else "第 1 层：量为 A 级，身份高，互动高。",
        "scores": {
            "potential": {"value": None if nothing else 1234.0, "basis": "unknown" if nothing else "volume", "contributions": []},
            "identity": {"value": 70.75, "coverage": 0.9, "level": "high", "contributions": parts},
            "engagement": {"value": 61.0, "coverage": 1.0, "level": "high",
                           "contributions": [{"column": "points_visit", "value": 66.0, "weight_share": 0, "known": True},
                                             {"column": "points_email", "value": -5.0, "weight_share": 0, "known": True}]},
        },
        "tags": [{"tag": "chief", "name": {"en": "chief physician", "zh": "主任医师"}, "layer": "basic", "since": "2026-01-05"}],
        "recommendations": [pick],
        "dropped": [{"action_id": "send_video", "channel": "email", "content_id": "v", "stage": "consent", "rule": "consent/email"}] * 3,
    }  # fmt: skip


def facts() -> dict[str, Any]:
    """A run over 1,000 doctors."""
    cells, n = [], 0
    for g, grade in enumerate([*GRADES, None]):
        for i, identity in enumerate(LEVELS):
            for e, engagement in enumerate(LEVELS):
                count = (g + 1) * (i + 1) * (e + 2)
                n += count
                cells.append({"grade": grade, **cell(grade or "C", identity, engagement), "count": count})
    tiers = []
    for tier in range(1, 10):
        mine = [c for c in cells if c["tier"] == tier]
        tiers.append({
            "tier": tier, "count": sum(c["count"] for c in mine), "profile_types": list(dict.fromkeys(c["profile_type"] for c in mine)),
            "grades": ["A", "B"] if tier < 5 else ["C"] if tier < 9 else ["D"], "resources": mine[0]["resources"],
        })  # fmt: skip
    unknown = sum(c["count"] for c in cells if c["grade"] is None)
    spread = [int(30 * 0.9**i) for i in range(20)]
    return {
        "version": "0.0.0", "policy": {"name": HOSTILE, "description": "An invented policy."}, "as_of": "2026-06-30", "doctors": n,
        "contacts": {"used": 12345, "later": 6}, "rows": {"hcps": n, "interactions": 12360}, "notes": ["A note."],
        "names": {
            "channels": {"visit": {"en": "visit", "zh": "面对面拜访"}, "email": {"en": "email", "zh": "邮件"}},
            "actions": {"invite_speaker": {"en": "invite to speak", "zh": "邀请讲课"}, "send_article": {"en": "send an article", "zh": "发送文章"}},
            "contents": {}, "tags": {"chief": {"en": "chief physician", "zh": "主任医师"}},
        },
        "channels": ["visit", "email"], "grades": GRADES, "levels": {"identity": LEVELS, "engagement": LEVELS}, "cells": cells, "tiers": tiers,
        "unknown": {"grade": {"count": unknown, "counts_as": "C"}, "identity": {"count": 17, "counts_as": "low"}, "engagement": {"count": 0, "counts_as": "low"}},
        "basis": {"volume": 300, "scorecard": n - unknown - 300, "unknown": unknown},
        "deciles": {"counts": [40, 90, 55, 38, 25, 18, 12, 9, 6, 4, 3], "floors": [8.0, 5.0, 2.0], "column": "patient_volume"},
        "card": {"counts": spread, "floors": [70.0, 45.0, 20.0], "high": 100.0, "known": 400, "unknown": 0},
        "identity": {"counts": spread, "floors": [60.0, 30.0], "high": 100.0, "known": n - 17, "unknown": 17},
        "engagement": {"counts": spread[::-1], "floors": [60.0, 58.5], "high": 100.0, "known": n, "unknown": 0},
        "funnel": {"candidates": 9000, "picks": 1500, "stages": [
            {"stage": "consent", "candidates": 5000, "left": 4000, "rules": [{"rule": "consent/email", "candidates": 5000, "hcps": 700}]},
            {"stage": "arbitration", "candidates": 2500, "left": 1500, "rules": [{"rule": "arbitration/max_actions", "candidates": 2500, "hcps": 600}]}]},
        "actions": {"first": {"invite_speaker": {"visit": 400}, "send_article": {"email": 200, "visit": 10}}, "nothing": 40, "with_action": 610, "all": 1500},
        "tags": [{"tag": "chief", "layer": "basic", "count": 222}],
        "rejected": [{"file": "interactions.csv", "column": "date", "code": "invalid_date", "count": 9}],
        "shown": [{"why": "tier_1", "id": HOSTILE, "en": doctor(HOSTILE, "en"), "zh": doctor(HOSTILE, "zh")},
                  {"why": "nothing", "id": "H2", "en": doctor("H2", "en", True), "zh": doctor("H2", "zh", True)}],
    }  # fmt: skip
