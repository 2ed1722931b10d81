"""What is measured: each row of the table is a class with its runs, its figures and its bar."""

import statistics
import subprocess
import time
from dataclasses import dataclass, field

from measuring.peers import Bench, BenchmarkFailed, Peer, note


@dataclass
class Figure:
    """One line of the table: ours beside others', smaller or larger being better."""

    what: str
    unit: str
    taken: dict[str, list[float]]
    # The bar, of what is compared with Mosquitto's figure, or of our own.
    ratio_at_most: float | None = None
    ratio_at_least: float | None = None
    at_most: float | None = None

    def median(self, name: str) -> float | None:
        return statistics.median(self.taken[name]) if self.taken.get(name) else None

    @property
    def label(self) -> str:
        return f"{self.what}, {self.unit}" if self.unit else self.what

    @property
    def ratio(self) -> float | None:
        ours, other = self.median(Bench.OURS), self.median(Bench.BROKER)
        return ours / other if ours is not None and other else None

    @property
    def bar(self) -> str:
        if self.ratio_at_most is not None:
            return f"≤ {self.ratio_at_most} ×"
        if self.ratio_at_least is not None:
            return f"≥ {self.ratio_at_least} ×"
        return "" if self.at_most is None else f"≤ {self.at_most:g} {self.unit}".rstrip()

    @property
    def is_missed(self) -> bool:
        ours, ratio = self.median(Bench.OURS), self.ratio
        if self.ratio_at_most is not None:
            return ratio is None or round(ratio, 2) > self.ratio_at_most
        if self.ratio_at_least is not None:
            return ratio is None or round(ratio, 2) < self.ratio_at_least
        return self.at_most is not None and (ours is None or ours > self.at_most)


@dataclass
class Row:
    """A measurement: alternating turns of all peers, a fresh process each."""

    bench: Bench
    rounds: int
    runs: list[dict] = field(default_factory=list)

    name = ""
    title = ""
    peers = (Bench.OURS, Bench.BROKER, Bench.FLOOR)

    @classmethod
    def accounts(cls) -> int:
        """How many accounts the data folder must have."""
        raise NotImplementedError

    def take(self, peer: Peer) -> dict[str, dict]:
        """One turn against a peer: the generator's figures by what they are of."""
        raise NotImplementedError

    def figures(self) -> list[Figure]:
        raise NotImplementedError

    def run(self) -> None:
        for turn in range(self.rounds):
            for name in self.peers:
                peer = self.bench.start(name)
                try:
                    taken = self.take(peer)
                finally:
                    peer.stop()
                self.runs.append({"turn": turn + 1, "peer": name, "figures": taken})
                note(f"{self.name}, turn {turn + 1} of {self.rounds}: {name} is done")

    def values(self, of: str, key: str) -> dict[str, list[float]]:
        """A figure of all turns, by peer."""
        taken: dict[str, list[float]] = {name: [] for name in self.peers}
        for run in self.runs:
            taken[run["peer"]].append(run["figures"][of][key])
        return taken


class RoundTrips(Row):
    name = "round-trips"
    title = "Server CPU per command round trip, closed loop (P1)"
    pairs = (50, 200, 1000)
    seconds = 5

    @classmethod
    def accounts(cls) -> int:
        return max(cls.pairs)

    def take(self, peer: Peer) -> dict[str, dict]:
        # A server whose event loop is behind refuses commands, and closes connections of those who go on.
        options = ["-d", str(self.seconds), "-3"]
        return {str(count): self.bench.load(peer, "rr", count, *options, may_shed=True) for count in self.pairs}

    def figures(self) -> list[Figure]:
        return [
            figure
            for count in map(str, self.pairs)
            for figure in (
                Figure(f"{count} pairs", "us", self.values(count, "server_us_per_rt"), ratio_at_most=1.5),
                Figure("  commands refused", "", self.values(count, "refused"), at_most=0),
                Figure("  connections closed", "", self.values(count, "ended"), at_most=0),
            )
        ]


class Latency(Row):
    name = "latency"
    title = "Latency of commands at a given rate, 200 pairs (P3)"
    pairs = 200
    rates = (1000, 5000)
    seconds = 8

    @classmethod
    def accounts(cls) -> int:
        return cls.pairs

    def take(self, peer: Peer) -> dict[str, dict]:
        return {
            str(rate): self.bench.load(peer, "rr", self.pairs, "-r", str(rate), "-d", str(self.seconds), "-3")
            for rate in self.rates
        }

    def figures(self) -> list[Figure]:
        return [
            Figure(f"{rate}/s, {key}", "us", self.values(str(rate), f"{key}_us"), ratio_at_most=1.5)
            for rate in self.rates
            for key in ("p50", "p99")
        ]


class Memory(Row):
    name = "memory"
    title = "Memory per idle registered TLS session, VmRSS (P2), and CPU of all of them"
    sessions = 10_000
    seconds = 10

    @classmethod
    def accounts(cls) -> int:
        return cls.sessions

    def take(self, peer: Peer) -> dict[str, dict]:
        return {"idle": self.bench.load(peer, "idle", self.sessions, "-d", str(self.seconds), "-3")}

    def figures(self) -> list[Figure]:
        return [
            Figure(f"{self.sessions} sessions", "kB", self.values("idle", "rss_kb_per_conn"), at_most=24),
            Figure("a core while idle", "%", self.values("idle", "idle_server_cpu_pct")),
        ]


class LogIns(Row):
    name = "log-ins"
    title = "Log-ins (TLS, upgrade, register) per CPU second of the server, P-256 (P4)"
    count = 4_000

    @classmethod
    def accounts(cls) -> int:
        return cls.count

    def take(self, peer: Peer) -> dict[str, dict]:
        return {
            "full": self.bench.load(peer, "storm", self.count, "-w", "64", "-3", "-e"),
            "resumed": self.bench.load(peer, "storm", self.count, "-w", "64", "-2", "-R", "-e"),
        }

    def figures(self) -> list[Figure]:
        return [
            Figure(what, "/s", self.values(of, "server_connects_per_cpu_s"), ratio_at_least=0.6)
            for of, what in (("full", "TLS 1.3"), ("resumed", "TLS 1.2 resumed"))
        ]


class Storm(Row):
    name = "storm"
    title = "Commands of 100 pairs while 6 000 devices reconnect, 1 000 handshakes in flight (P5)"
    peers = (Bench.OURS, Bench.BROKER)
    pairs = 100
    devices = 6_000
    rate = 500
    # The pairs are paced so long, unless the storm ends before.
    seconds_at_most = 60

    @classmethod
    def accounts(cls) -> int:
        return cls.pairs + cls.devices

    def take(self, peer: Peer) -> dict[str, dict]:
        trace = self.bench.work / "trips"
        trace.unlink(missing_ok=True)
        # The pairs' generator sleeps between its sends: both generators share a core.
        options = ["-r", str(self.rate), "-d", str(self.seconds_at_most), "-3", "-y", "-T", str(trace)]
        cores = self.bench.cores
        commands = subprocess.Popen(
            self.bench.command(peer, "rr", self.pairs, *options),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=cores.pin(cores.generator),
        )
        try:
            time.sleep(3)  # The pairs connect, and the generator's first second is not measured.
            began = time.monotonic_ns()
            storm = self.bench.load(peer, "storm", self.devices, "-w", "1000", "-3", "-o", str(self.pairs))
            ended = time.monotonic_ns()
        finally:
            commands.terminate()
            output, errors = commands.communicate(timeout=30)
        figures = self.bench.figures(peer, f"rr {self.pairs}", output, errors, may_shed=True)
        return {"storm": storm, "commands": figures | self.during(trace, began, ended)}

    @staticmethod
    def during(trace, began: int, ended: int) -> dict[str, float]:
        """Percentiles in milliseconds of what was due while the storm went on."""
        lines = (line.split() for line in trace.read_text(encoding="ascii").splitlines())
        trips = sorted(int(took) / 1000 for due, took in lines if began <= int(due) <= ended)
        if len(trips) < 100:
            raise BenchmarkFailed(f"only {len(trips)} commands during the storm")
        return {"count": len(trips), "p50_ms": trips[len(trips) // 2], "p99_ms": trips[len(trips) * 99 // 100]}

    def figures(self) -> list[Figure]:
        return [
            Figure("p50", "ms", self.values("commands", "p50_ms")),
            Figure("p99", "ms", self.values("commands", "p99_ms"), at_most=20),
            Figure("commands refused", "", self.values("commands", "refused"), at_most=0),
            Figure("connections closed", "", self.values("commands", "ended"), at_most=0),
            Figure("reconnects", "/s", self.values("storm", "connects_per_s")),
        ]


ROWS = {row.name: row for row in (RoundTrips, Latency, Memory, LogIns, Storm)}
