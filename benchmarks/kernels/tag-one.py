"""One doctor and 200 rules. Peer `limit` is 20 microseconds; in C++, as a service would ask, so without Python's part of a call."""

from turns import program, record


def compare(programs):
    found = program(programs / "bench_tags", 200, 20_001)
    yield record("tag-one", 1, "limit", found["one_us"] / 1e3, 0.020, 1)
