"""One module a kernel. Each has compare(programs), which yields records {kernel, size, peer, ours_ms, peer_ms, ratio}."""
