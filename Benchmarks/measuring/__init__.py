"""What the benchmarks share: servers to measure, the load on them, and what is made of the figures."""
