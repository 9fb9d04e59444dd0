"""Taking turns: the only way that times are measured here."""

import json
import statistics
import subprocess
import time


def medians(contestants, rounds, warm_up=1):
    """Median milliseconds of processor time of each function in `contestants`, called one after the other `rounds` times."""
    times = {name: [] for name in contestants}
    for turn in range(-warm_up, rounds):
        for name, call in contestants.items():
            start = time.thread_time_ns()
            call()
            if turn >= 0:
                times[name].append((time.thread_time_ns() - start) / 1e6)
    return {name: statistics.median(found) for name, found in times.items()}


def program(path, *arguments):
    """What a benchmark program in C++ prints, as JSON."""
    done = subprocess.run([path, *map(str, arguments)], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def record(kernel, size, peer, ours_ms, peer_ms, goal):
    """One comparison. `goal` is the ratio that we promise."""
    return {
        "kernel": kernel,
        "size": size,
        "peer": peer,
        "ours_ms": ours_ms,
        "peer_ms": peer_ms,
        "ratio": peer_ms / ours_ms,
        "goal": goal,
    }
