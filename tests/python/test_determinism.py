"""The same bytes for any number of threads, any batch, any order of rows, and in C++ as in Python."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tierwise
from tables import CASES, digest, iowa, rows_of, shuffled


@pytest.fixture(scope="module")
def territory():
    return tierwise.simulate.territory(hcps=3_000, seed=5)


@pytest.fixture(scope="module")
def whole(territory):
    return run(territory)


def run(territory, change=lambda table: table, **options):
    return tierwise.run(
        change(territory.hcps),
        change(territory.interactions),
        consents=change(territory.consents),
        history=change(territory.history),
        as_of=territory.as_of,
        trace=True,
        **options,
    )


@pytest.mark.parametrize("threads", [2, 8])
def test_threads(territory, whole, threads):
    assert digest(run(territory, threads=threads)) == digest(whole)


def test_threads_on_real_contacts():
    hcps, contacts, policy = iowa()
    results = [tierwise.run(hcps, contacts, policy=policy, threads=n) for n in (1, 8)]
    assert digest(results[0]) == digest(results[1])


@pytest.mark.parametrize("seed", [1, 2])
def test_order_of_rows(territory, whole, seed):
    assert digest(run(territory, lambda table: shuffled(table, seed)), sort=True) == digest(whole, sort=True)


@pytest.mark.parametrize("size", [1, 7])
def test_batches(territory, whole, size):
    """Doctors decided a few at a time, by the model of all, have the rows that they have in one batch."""
    expected = {name: tierwise.as_written(getattr(whole, name)) for name in ("segments", "tags", "recommendations")}
    count = 40 if size == 1 else 210
    places = {id_: [] for id_ in territory.hcps["hcp_id"]}
    for at, id_ in enumerate(territory.interactions["hcp_id"]):
        places[id_].append(at)
    for begin in range(0, count, size):
        ids = territory.hcps["hcp_id"][begin : begin + size]
        batch = tierwise.run(
            rows_of(territory.hcps, slice(begin, begin + size)),
            rows_of(territory.interactions, np.array([at for i in ids for at in places[i]], dtype=int)),
            consents=territory.consents,
            history=territory.history,
            as_of=territory.as_of,
            model=whole.model,
        )
        for name, table in expected.items():
            wanted = [row for row in zip(*table.values(), strict=True) if row[0] in set(ids)]
            assert list(zip(*tierwise.as_written(getattr(batch, name)).values(), strict=True)) == wanted, name


def test_twice_the_same(territory, whole):
    assert digest(run(territory)) == digest(whole)
    longer = tierwise.simulate.territory(hcps=3_100, seed=5)
    assert longer.hcps["hcp_id"][:3000].tolist() == territory.hcps["hcp_id"].tolist()


def fnv1a(text: str) -> str:
    total = 0xCBF29CE484222325
    for byte in text.encode():
        total = ((total ^ byte) * 0x100000001B3) % 2**64
    return f"{total:016x}"


def bits(values) -> list[str]:
    values = np.where(np.isnan(values), np.nan, values)  # one NaN for all
    return ["nan" if v != v else f"{b:016x}" for v, b in zip(values, values.view(np.uint64), strict=True)]


def test_the_bytes_that_cpp_makes():
    """tests/cpp/same_bytes_as_python_test.cpp writes the same text from the same territory and compares the same digest."""
    case = json.loads((CASES / "same_bytes.json").read_text(encoding="utf-8"))
    territory = tierwise.simulate.territory(hcps=case["hcps"], seed=case["seed"])
    result = run(territory)
    segments, picks, drops = result.segments, result.recommendations, result.dropped_candidates
    scores = [bits(segments[name]) for name in ("potential", "identity_score", "engagement_score")]
    lines = [
        " ".join(cells)
        for cells in zip(segments["hcp_id"], segments["tier"].astype(str), *scores, segments["reason"], strict=True)
    ]
    done = [
        ("nothing" if a == "do_nothing" else f"{a}/{c}/{k}")
        for a, c, k in zip(picks["action_id"], picks["channel"], picks["content_id"], strict=True)
    ]
    lines += [
        " ".join(cells)
        for cells in zip(
            picks["hcp_id"],
            picks["rank"].astype(str),
            done,
            bits(picks["priority"]),
            picks["expires"].astype(str),
            picks["reason"],
            strict=True,
        )
    ]
    lines += [" ".join(cells) for cells in zip(drops["hcp_id"], drops["rule"], strict=True)]
    lines += [
        " ".join(cells)
        for cells in zip(*(tierwise.as_written(result.tags)[name] for name in ("hcp_id", "tag", "since")), strict=True)
    ]
    assert fnv1a("".join(line + "\n" for line in lines)) == case["digest"]


def test_threads_of_the_caller(whole, territory):
    """One model, many threads of Python, no lock."""
    from concurrent.futures import ThreadPoolExecutor

    profile = tierwise.profile.build(whole.policy, territory.hcps, territory.interactions, as_of=territory.as_of)
    consents, history = territory.consents, territory.history

    def decide(_):
        return digest(whole.model.decide(profile, consents=consents, history=history, trace=True))

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(decide, range(4)))) == 1
