"""Where in a JSON text a pointer leads."""

from __future__ import annotations

import re

__all__ = ["line_of"]

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def line_of(text: str, pointer: str) -> int | None:
    """The line, from 1, on which the value stands that a JSON pointer names, or the nearest one around it that is there.

    None if the text is too odd to tell. O(text).

    >>> line_of('{"a": 1,\\n "b": [2,\\n 3]}', "/b/1")
    3
    """
    wanted = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    path: list[str | int] = []  # keys and positions down to here
    open_: list[str] = []
    best, depth_found = None, -1
    key_next = False
    for token in _TOKEN.finditer(text):
        sign = token.group()
        if open_ and open_[-1] == "{" and key_next and sign.startswith('"'):
            path[-1] = _plain(sign)
            key_next = False
            start = token.start()
        elif sign == ":":
            continue
        elif sign == ",":
            if open_ and open_[-1] == "{":
                key_next = True
            elif open_:
                path[-1] = int(path[-1]) + 1
            continue
        elif sign in "}]":
            if open_:
                open_.pop()
                path.pop()
            key_next = False
            continue
        else:
            start = token.start()
        here = [str(part) for part in path]
        if not key_next and len(here) > depth_found and here == wanted[: len(here)]:
            best, depth_found = text.count("\n", 0, start) + 1, len(here)
        if sign in "{[":
            open_.append(sign)
            path.append("" if sign == "{" else 0)
            key_next = sign == "{"
    return best


def _plain(token: str) -> str:
    try:
        import json

        return str(json.loads(token))
    except ValueError:
        return token
