"""The next best action for each doctor, why this one, and why not the others.

>>> import tierwise
>>> territory = tierwise.simulate.territory(hcps=200, seed=1)
>>> policy = tierwise.Policy.default()
>>> profile = tierwise.profile.build(policy, territory.hcps, territory.interactions, as_of=territory.as_of)
>>> model = tierwise.Model.fit(policy, profile, territory.history)
>>> result = tierwise.recommend.decide(profile, model, consents=territory.consents, history=territory.history)
>>> list(result.recommendations)[:4]
['hcp_id', 'rank', 'action_id', 'channel']
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _core
from ._frames import Hint, Source
from .errors import ArgumentError, Place, expect
from .policy import Policy

if TYPE_CHECKING:
    from .model import Model
    from .profile import Profile
    from .result import Result

__all__ = ["decide", "with_actions"]


def decide(
    profile: Profile, model: Model, *, consents: Any = None, history: Any = None, trace: bool = False, threads: int = 1
) -> Result:
    """Tiers, tags and next best actions of every doctor of a profile, as of its date. The same as `model.decide(profile, …)`."""
    from .model import Model

    expect(Model, model, "model")
    return model.decide(profile, consents=consents, history=history, trace=trace, threads=threads)


_CONSENTS: dict[str, Hint] = {
    "hcp_id": "",
    "channel": "text",
    "granted": "boolean",
    "purpose": "text",
    "from": "date",
    "until": "date",
}


def consent_columns(consents: Any, doctors: _core.Column | None = None) -> dict[str, _core.Column] | None:
    """The columns of a table of consents as the extension takes them."""
    if consents is None:
        return None
    source = Source(consents, "consents")
    for name in ("hcp_id", "channel", "granted"):
        if name not in source:
            raise source.lacks(name)
    columns = {
        name: source.column(name, hint) for name, hint in _CONSENTS.items() if name in source and name != "hcp_id"
    }
    return {"hcp_id": source.ids("hcp_id", doctors), **columns}


_TEXTS = ("issue", "group", "eligible", "applicable", "suitable")
_KNOWN = {
    "action_id",
    "name",
    "name_en",
    "name_zh",
    "channels",
    "contents",
    "value",
    "available_from",
    "available_until",
    "in_stock",
    *_TEXTS,
}


def with_actions(policy: Policy, actions: Any) -> tuple[Policy, list[str]]:
    """The policy with its catalogue of actions replaced by a table, and what had to be left out because of it.

    The table has action_id, issue, group, channels ("visit|email"), value, and optionally name (or name_en, name_zh), contents
    ("a|b", of the policy's contents), available_from, available_until, in_stock, eligible, applicable, suitable (rules). The
    policy's reader checks it as strictly as a policy. A cap, gap, context or lever that is only about actions, groups or
    issues which the table does not have could never apply; it is left out, and said so.
    """
    expect(Policy, policy, "policy")
    source = Source(actions, "actions")
    unknown = [name for name in source.names if name not in _KNOWN]
    if unknown:
        message = f"table 'actions' has no such column; it may have {', '.join(sorted(_KNOWN))}"
        raise ArgumentError("invalid_argument", message, Place(column=unknown[0]))
    columns = {name: source.values(name) for name in source.names}
    for needed in ("action_id", "issue", "group", "channels", "value"):
        source.native(needed)
    entries = [_action({name: values[row] for name, values in columns.items()}) for row in range(len(source))]
    document = policy.to_dict()
    document["recommend"]["actions"] = entries
    notes = _drop_what_cannot_apply(document["recommend"], entries)
    return Policy.from_dict(document), notes


def _action(row: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": row["action_id"], "value": row["value"], "channels": _listed(row["channels"])}
    entry["name"] = {"en": row.get("name_en") or row.get("name") or row["action_id"]}
    if row.get("name_zh"):
        entry["name"]["zh"] = row["name_zh"]
    for key in _TEXTS:
        if row.get(key) not in (None, ""):
            entry[key] = row[key]
    if row.get("contents") not in (None, ""):
        entry["contents"] = _listed(row["contents"])
    period = {
        key: str(row[f"available_{key}"])[:10]
        for key in ("from", "until")
        if row.get(f"available_{key}") not in (None, "")
    }
    if period:
        entry["available"] = period
    if row.get("in_stock") is not None:
        entry["in_stock"] = row["in_stock"]
    return entry


def _listed(value: Any) -> Any:
    """ "a|b" as a list; anything that is no text is left for the policy's reader to refuse."""
    return [part.strip() for part in value.split("|") if part.strip()] if isinstance(value, str) else value


def _drop_what_cannot_apply(section: dict[str, Any], entries: list[dict[str, Any]]) -> list[str]:
    there = {
        "action": {entry["id"] for entry in entries},
        "group": {entry.get("group") for entry in entries},
        "issue": {entry.get("issue") for entry in entries},
    }
    notes = []

    def keep(part: str, entry: dict[str, Any], lacks: bool) -> bool:
        if lacks:
            notes.append(
                f"{part} '{entry.get('id') or entry.get('name')}' is about actions that the table of actions does not have; left out"
            )
        return not lacks

    for part in ("caps", "gaps"):
        section[part] = [
            e
            for e in section[part]
            if keep(part[:-1], e, any(e["of"].get(k) and e["of"][k] not in there[k] for k in ("action", "group")))
        ]
    for context in section["contexts"]:
        named = context.get("actions") or []
        context["actions"] = [action for action in named if action in there["action"]]
        context["lacks"] = bool(named) and not context["actions"]
    section["contexts"] = [e for e in section["contexts"] if keep("context", e, e.pop("lacks"))]
    section["levers"] = [e for e in section["levers"] if keep("lever", e, e["name"] not in there[e["of"]])]
    return notes
