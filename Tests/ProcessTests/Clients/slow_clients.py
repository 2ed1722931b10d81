"""Measures commands with and without slow clients in the way: called by scripts/slow-client-test.

The server runs on the first core and both generators share another one, so the paced load sleeps between its sends. Calm and
attacked turns alternate, and the medians of their p99 are compared: a machine's speed changes from minute to minute.
"""

import argparse
import csv
import importlib.machinery
import importlib.util
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAIRS = 200
COMMANDS_A_SECOND = 1000
CONNECTIONS_A_SECOND = 1000
P99_RATIO_AT_MOST = 2
GONE_WITHIN = 15
# slowhttptest looks at its sockets once a second.
LOOKS = 2
# Where each goes: to a call that reads its body, and to a page that is larger than a small receive buffer.
MODES = {
    "slow heads": ["/dispatch/app", "-H", "-i", "3"],
    "slow bodies": ["/api/user/login", "-B", "-i", "3", "-s", "60000"],
    "slow readers": ["/oauth/index.html", "-X", "-w", "1", "-y", "16", "-z", "4", "-n", "3", "-k", "20"],
}


def load_run_hub():
    """The benchmark's way to build, seed, start and load a server; it is a program without an ending."""
    loader = importlib.machinery.SourceFileLoader("run_hub", str(ROOT / "Benchmarks" / "run-hub"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("run_hub", loader))
    loader.exec_module(module)
    return module


hub = load_run_hub()


class Attack:
    """slowhttptest under way."""

    def __init__(self, bench, port: int, mode: str, clients: int, work: Path) -> None:
        self.clients, self.prefix = clients, work / "slow"
        self.seconds = clients / CONNECTIONS_A_SECOND + GONE_WITHIN + 8
        path, *kind = MODES[mode]
        command = ["slowhttptest", *kind, "-c", str(clients), "-r", str(CONNECTIONS_A_SECOND), "-v", "0"]
        # Its own look at whether the server answers is no part of this.
        command += ["-l", str(int(self.seconds)), "-p", "1", "-g", "-o", str(self.prefix)]
        command += ["-u", f"https://127.0.0.1:{port}{path}"]
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=bench.cores.pin(bench.cores.generator),
        )

    def wait_until_connected(self) -> None:
        time.sleep(max(0, self.began + self.clients / CONNECTIONS_A_SECOND - time.monotonic()))

    def end(self) -> dict:
        """Waits for its end: the most connected at a time, and the second after which none was."""
        try:
            self.process.wait(self.seconds + 30)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
        with open(f"{self.prefix}.csv", newline="", encoding="utf-8") as file:
            rows = [{key.strip(): int(value) for key, value in row.items() if key and value} for row in csv.DictReader(file)]
        connected = [(row["Seconds"], row["Connected"]) for row in rows]
        # Who came in second s is to be gone in second s + 15: so many as had come by then may be connected no more.
        late = 0
        arrived = {row["Seconds"]: row["Connected"] + row["Closed"] for row in rows}
        closed = {row["Seconds"]: row["Closed"] for row in rows}
        for second, count in arrived.items():
            due = second + GONE_WITHIN + LOOKS
            if due in closed:
                late = max(late, count - closed[due])
        return {
            "most": max((count for _, count in connected), default=0),
            "last": max((second for second, count in connected if count > 0), default=0),
            "late": late,
        }


def commands(bench, peer, seconds: float) -> dict:
    extra = ["-r", str(COMMANDS_A_SECOND), "-y"]
    command = [str(hub.HUBLOAD), "rr", "-P", "ewe", "-p", str(peer.port), "-s", str(peer.process.pid)]
    command += ["-n", str(PAIRS), "-d", str(seconds), "-C", str(bench.credentials), "-L", peer.name, *extra]
    result = subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=120 + seconds,
        preexec_fn=bench.cores.pin(bench.cores.generator),
    )
    figures = hub.json.loads(result.stdout)
    if figures["failed"]:
        raise hub.BenchmarkFailed(f"commands failed: {figures}")
    return figures


def measure(bench, peer, mode: str, options) -> bool:
    """Alternates calm and attacked turns; prints what came of it, and says whether the bars were kept."""
    calm, attacked, late = [], [], 0
    for turn in range(options.turns):
        calm.append(commands(bench, peer, options.seconds)["p99_us"])
        attack = Attack(bench, peer.port, mode, options.clients, bench.work)
        attack.wait_until_connected()
        attacked.append(commands(bench, peer, options.seconds)["p99_us"])
        seen = attack.end()
        late = max(late, seen["late"])
        hub.note(
            f"{mode}, turn {turn + 1}: p99 {calm[-1]} us calm, {attacked[-1]} us attacked; at most {seen['most']} connected,"
            f" none after {seen['last']} s, {seen['late']} later than {GONE_WITHIN} s"
        )
        if seen["most"] < options.clients / 4 and not options.default_limit:
            raise hub.BenchmarkFailed(f"{mode}: only {seen['most']} slow clients got in")
    ratio = statistics.median(attacked) / statistics.median(calm)
    print(
        f"{mode}: {options.clients} clients, p99 {statistics.median(calm):.0f} us calm, {statistics.median(attacked):.0f} us"
        f" attacked, ratio {ratio:.2f}; closed later than {GONE_WITHIN} s: {late}",
        flush=True,
    )
    return ratio <= P99_RATIO_AT_MOST and late == 0


def main() -> int:
    parser = argparse.ArgumentParser(description="commands beside slow clients")
    parser.add_argument("--clients", type=int, default=5000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--quick", action="store_true", help="one turn of 500 clients for each kind")
    parser.add_argument("--default-limit", action="store_true", help="keep the limit of connections for each address")
    options = parser.parse_args()
    if options.quick:
        options.clients, options.turns, options.seconds = 500, 1, 3
    if not options.default_limit:
        os.environ["SWITCHYARD_LIMITS_CONNECTIONS_PER_ADDRESS"] = "16000"
    work = Path(tempfile.mkdtemp(prefix="switchyard-slow-"))
    kept = True
    try:
        server, seed = hub.build()
        bench = hub.Bench(argparse.Namespace(idle=0, pairs=[PAIRS]), server, seed, work)
        hub.raise_descriptor_limit(4 * options.clients)
        peer = bench.start_server()
        try:
            for mode in MODES:
                kept = measure(bench, peer, mode, options) and kept
        finally:
            peer.stop()
    except (hub.BenchmarkFailed, subprocess.SubprocessError, OSError) as error:
        hub.note(str(error))
        return 1
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if not kept:
        print(f"BAR MISSED: p99 at most {P99_RATIO_AT_MOST} times that of calm, nobody later than {GONE_WITHIN} s")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
