"""Finds, for a folder of data, the shipped policy whose input section fits."""

from __future__ import annotations

import os

from .errors import FileMissingError, FileUnreadableError, Place
from .policy import Policy, shipped_texts

__all__ = ["find"]

_ENDINGS = (".csv", ".csv.gz", ".parquet")


def find(folder: str) -> tuple[Policy, dict[str, str]]:
    """The policy, and the files by table.

    A policy fits if the files that it names (/input/hcps/file, /input/interactions/file) are there; of several, the one that has
    the folder's name. Where none fits, the default policy reads hcps, interactions and, if they are there, consents, history
    and actions (.csv, .csv.gz or .parquet).
    """
    if not os.path.isdir(folder):
        if os.path.exists(folder):
            raise FileUnreadableError("file_unreadable", "this is not a folder", Place(path=folder))
        raise FileMissingError("file_not_found", "there is no such folder", Place(path=folder))
    policies = {name: Policy.from_json(text) for name, text in shipped_texts().items()}
    own = os.path.basename(os.path.abspath(folder))
    for name in sorted(policies, key=lambda name: (name != own, name)):
        mapping = policies[name].mapping
        named = {table: mapping[table]["file"] for table in ("hcps", "interactions")}
        paths = {table: os.path.join(folder, file) for table, file in named.items() if file}
        if len(paths) == 2 and all(os.path.isfile(path) for path in paths.values()):
            return policies[name], {**paths, **_others(folder)}
    paths = {table: path for table in ("hcps", "interactions") if (path := _path(folder, table))}
    if len(paths) == 2:
        return policies["default"], {**paths, **_others(folder)}
    fitting = "; ".join(
        f"{policy.mapping['hcps']['file']} and {policy.mapping['interactions']['file']} ({name})"
        for name, policy in policies.items()
        if policy.mapping["hcps"]["file"] and policy.mapping["interactions"]["file"]
    )
    message = f"no shipped policy fits this folder; they look for hcps.csv and interactions.csv (default); {fitting}. Otherwise: tierwise run --policy"
    raise FileMissingError("file_not_found", message, Place(path=folder))


def _others(folder: str) -> dict[str, str]:
    return {table: path for table in ("consents", "history", "actions") if (path := _path(folder, table))}


def _path(folder: str, table: str) -> str | None:
    return next((path for ending in _ENDINGS if os.path.isfile(path := os.path.join(folder, table + ending))), None)
