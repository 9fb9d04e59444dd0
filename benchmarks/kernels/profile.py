"""Ten million contacts of 300,000 doctors to profiles and tiers, in C++ on one thread. The peer is a limit: five seconds."""

from turns import program, record

LIMIT_MS = 5000


def compare(programs):
    found = program(programs / "bench_profile", 300_000, 10_000_000, 3)
    yield record("profile", found["contacts"], "limit", found["profile_ms"] + found["segment_ms"], LIMIT_MS, 1)
