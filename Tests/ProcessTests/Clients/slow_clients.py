"""Measures commands with and without slow clients in the way: called by scripts/slow-client-test.

The server has the first core, both generators share another one. One load of commands runs from before the attack until after
it, and writes down each command: so what is compared is of one run, and it shows when the attack is felt. A ratio is the median
of some turns, as a machine's speed changes from minute to minute.
"""

import argparse
import bisect
import contextlib
import csv
import json
import os
import shutil
import signal
import sqlite3
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
CALM_SECONDS = 8
# Of the readers that are let in.
HELD_BACK_AT_LEAST = 50
OTHER_DESCRIPTORS = 8
# The generator makes its TLS connections one after the other, some hundreds a second.
ATTACK_SECONDS_AT_MOST = 60
# What answers to slow readers hold: many times what a peer with a small window takes.
ANSWER_BYTES = 60_000

MODES = {
    "slow heads": ("/dispatch/app", ["-H", "-i", "3"]),
    "slow bodies": ("/api/user/login", ["-B", "-i", "3", "-s", "60000"]),
    "slow readers": ("/api/user/device?lang=en", ["-X", "-w", "1", "-y", "16", "-z", "4", "-n", "3"]),
}


# The benchmark's way to build, seed, start and load a server.
sys.path.insert(0, str(ROOT / "Benchmarks"))
sys.dont_write_bytecode = True
from measuring import peers as hub  # noqa: E402


class Cores(hub.Cores):
    """As the benchmark's, but what is measured goes before the attacker, and before all else if that is allowed."""

    def pin(self, core: int):
        def prepare() -> None:
            os.sched_setaffinity(0, {core})
            with contextlib.suppress(PermissionError):
                os.setpriority(os.PRIO_PROCESS, 0, -15)

        return prepare

    def pin_attacker(self):
        # Never above what is usual: that would hold up the kernel's own work for the network. And it gives way at once, as it
        # shares a core with the load, whose commands would wait for its processor otherwise and not for the server.
        def prepare() -> None:
            os.sched_setaffinity(0, {self.generator})
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))

        return prepare


class Commands:
    """The load of commands, from its start until it is told to end."""

    def __init__(self, bench, peer) -> None:
        self.trace = bench.work / "commands"
        command = [str(hub.HUBLOAD), "rr", "-P", "ewe", "-p", str(peer.port), "-s", str(peer.process.pid)]
        command += ["-n", str(PAIRS), "-d", str(3 * ATTACK_SECONDS_AT_MOST), "-C", str(bench.credentials), "-L", peer.name]
        command += ["-r", str(COMMANDS_A_SECOND), "-y", "-T", str(self.trace)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=bench.cores.pin(bench.cores.generator),
        )

    def end(self) -> None:
        """Ends it, and reads when each command was due and how long it took."""
        self.process.terminate()
        output, _ = self.process.communicate(timeout=30)
        figures = json.loads(output)
        if figures["failed"]:
            raise hub.BenchmarkFailed(f"commands failed: {figures}")
        lines = [line.split() for line in self.trace.read_text(encoding="ascii").splitlines()]
        taken = sorted((int(due) / 1e9, int(microseconds)) for due, microseconds in lines)
        self.due = [due for due, _ in taken]
        self.microseconds = [microseconds for _, microseconds in taken]

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def p99(self, *spans: tuple[float, float]) -> int:
        taken = []
        for begin, end in spans:
            taken += self.microseconds[bisect.bisect(self.due, begin) : bisect.bisect(self.due, end)]
        if len(taken) < 100:
            raise hub.BenchmarkFailed(f"only {len(taken)} commands answered")
        taken.sort()
        return taken[int(len(taken) * 0.99)]


class Attack:
    """slowhttptest under way, and what the server has of it."""

    def __init__(self, bench, peer, mode: str, options) -> None:
        self.clients, self.everywhere = options.clients, options.everywhere
        self.peer, self.prefix = peer, bench.work / "slow"
        self.before = descriptors(peer)
        path, kind = MODES[mode]
        command = ["slowhttptest", *kind, "-c", str(self.clients), "-r", str(CONNECTIONS_A_SECOND), "-v", "0"]
        # The token of the account with the large answer goes with a field that it lets us choose.
        command += ["-j", f"a=b\r\nAuthorization: Bearer {bench.reader_token}"]
        # Its own look at whether the server answers is no part of this.
        command += ["-l", str(ATTACK_SECONDS_AT_MOST), "-p", "1", "-g", "-o", str(self.prefix)]
        command += ["-u", f"https://127.0.0.1:{peer.port}{path}"]
        Path(f"{self.prefix}.csv").unlink(missing_ok=True)
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=bench.cores.pin_attacker(),
        )

    def watch(self) -> None:
        """Counts what is open at the server once a second, until all is gone: a slow reader learns late that it is closed."""
        self.open, self.held_back = [], 0
        while self.process.poll() is None:
            time.sleep(1)
            # The server opens some of its own now and then: certificates, the database.
            self.open.append((time.monotonic() - self.began, descriptors(self.peer) - self.before - OTHER_DESCRIPTORS))
            if len(self.open) == GONE_WITHIN // 2:
                self.held_back = held_back(self.peer)
            if len(self.open) > GONE_WITHIN and all(count <= 0 for _, count in self.open[-3:]):
                self.process.send_signal(signal.SIGINT)
                self.process.wait(30)
        self.ended = time.monotonic()
        with open(f"{self.prefix}.csv", newline="", encoding="utf-8") as file:
            rows = [{key.strip(): int(value) for key, value in row.items() if key and value} for row in csv.DictReader(file)]
        self.arrived = [row["Connected"] + row["Closed"] for row in rows]
        # It does not notice that a connection was closed before the handshake, so these are pending for good.
        refused = [0 if self.everywhere else row["Pending"] for row in rows]
        self.tried = [arrived + more for arrived, more in zip(self.arrived, refused)]
        self.refused = max(self.tried) - max(self.arrived)
        if max(self.tried) < 0.99 * self.clients:
            raise hub.BenchmarkFailed(f"only {max(self.tried)} slow clients came in {len(rows)} s")

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def all_in(self) -> float:
        """When the last of them had come."""
        return self.began + next(second for second, count in enumerate(self.tried) if count >= 0.99 * self.clients)

    @property
    def all_gone(self) -> float:
        """When the last of them had been closed."""
        return self.began + next((when for when, count in self.open if count <= 0 and when > GONE_WITHIN), self.open[-1][0])

    @property
    def late(self) -> int:
        """Who came in second s is to be gone in second s + 15: of those that had come by then, how many were not."""
        late = 0
        for when, count in self.open:
            came = int(when) - GONE_WITHIN - LOOKS
            if came >= 0:
                gone = self.arrived[min(int(when), len(self.arrived) - 1)] - count
                late = max(late, self.arrived[min(came, len(self.arrived) - 1)] - gone)
        return late


def descriptors(peer) -> int:
    """What a server has open; to be asked often, as it costs the server next to nothing."""
    return len(os.listdir(f"/proc/{peer.process.pid}/fd"))


def held_back(peer) -> int:
    """How many connections of a server have something unsent; not to be asked often, as the kernel goes through all there are."""
    command = ["ss", "-tnH", "state", "established", f"( sport = :{peer.port} )"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return sum(1 for line in lines if int(line.split()[1]) > 0)


def turn(bench, peer, mode: str, options) -> tuple[float, int]:
    """One attack; how many times longer the commands took, and how many slow clients stayed too long."""
    load = Commands(bench, peer)
    attack = None
    try:
        time.sleep(2 + CALM_SECONDS)
        attack = Attack(bench, peer, mode, options)
        attack.watch()
        time.sleep(CALM_SECONDS)
        load.end()
    finally:
        load.kill()
        if attack:
            attack.kill()
    calm = load.p99((attack.began - CALM_SECONDS, attack.began), (attack.ended, attack.ended + CALM_SECONDS))
    attacked = load.p99((attack.began, attack.all_gone))
    arriving, leaving = load.p99((attack.began, attack.all_in)), load.p99((attack.all_in, attack.all_gone))
    most = max(count for _, count in attack.open)
    hub.note(
        f"{mode}: p99 {calm} us calm, {attacked} us attacked ({arriving} while they come, {leaving} until all are gone);"
        f" at most {most} at a time, {attack.refused} refused, all in after {attack.all_in - attack.began:.0f} s and gone after"
        f" {attack.all_gone - attack.began:.0f} s, {attack.late} later than {GONE_WITHIN} s"
    )
    expected = options.clients / 20 if options.everywhere else min(options.clients / 20, HELD_BACK_AT_LEAST)
    if mode == "slow readers" and attack.held_back < expected:
        raise hub.BenchmarkFailed(f"only {attack.held_back} slow readers left something unread")
    return attacked / calm, attack.late


def give_large_answer(bench) -> None:
    """Makes the device list of the last account, which sends no commands, as large as one device can make it."""
    device, _, _, bench.reader_token = bench.credentials.read_text(encoding="ascii").splitlines()[-1].split()
    with contextlib.closing(sqlite3.connect(bench.data / "switchyard.sqlite")) as database, database:
        statement = "UPDATE deviceState SET params = json_set(params, '$.filling', ?) WHERE deviceID = ?"
        changed = database.execute(statement, ("x" * ANSWER_BYTES, device)).rowcount
    if changed != 1:
        raise hub.BenchmarkFailed("no device to fill")


def main() -> int:
    parser = argparse.ArgumentParser(description="commands beside slow clients")
    parser.add_argument("--clients", type=int, default=5000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--mode", choices=MODES, action="append", help="one kind of slow client alone")
    parser.add_argument("--everywhere", action="store_true", help="as if each slow client had an address of its own")
    parser.add_argument("--quick", action="store_true", help="one turn of 500 clients for each kind")
    options = parser.parse_args()
    if options.quick:
        options.clients, options.turns = 500, 1
    os.environ["SWITCHYARD_LIMITS_CONNECTIONS_PER_ADDRESS"] = "16000"
    if options.everywhere:
        os.environ["SWITCHYARD_LIMITS_SLOW_CONNECTIONS_PER_ADDRESS"] = "16000"
    work = Path(tempfile.mkdtemp(prefix="switchyard-slow-"))
    kept = True
    try:
        server, seed = hub.build()
        bench = hub.Bench(server, seed, work, PAIRS + 1)
        bench.cores = Cores()
        give_large_answer(bench)
        hub.raise_descriptor_limit(4 * options.clients)
        peer = bench.start_server()
        # Looking at thousands of descriptors takes milliseconds, which are not to be the server's.
        os.sched_setaffinity(0, {bench.cores.generator})
        try:
            for mode in options.mode or MODES:
                turns = [turn(bench, peer, mode, options) for _ in range(options.turns)]
                ratio, late = statistics.median(ratio for ratio, _ in turns), max(late for _, late in turns)
                print(
                    f"{mode}: {options.clients} clients, command p99 {ratio:.2f} times that of calm;"
                    f" closed later than {GONE_WITHIN} s: {late}",
                    flush=True,
                )
                kept = kept and ratio <= P99_RATIO_AT_MOST and late == 0
        finally:
            peer.stop()
    except (hub.BenchmarkFailed, subprocess.SubprocessError, OSError, sqlite3.Error) as error:
        hub.note(str(error))
        return 1
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if not kept:
        print(f"BAR MISSED: p99 at most {P99_RATIO_AT_MOST} times that of calm, nobody later than {GONE_WITHIN} s")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
