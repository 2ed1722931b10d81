"""The servers that are measured, each a process of its own on its own core, and the load generator."""

import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
RESULTS = ROOT / ".build" / "benchmark"
HUBLOAD = RESULTS / "hubload"
START_SECONDS = 60
STOP_SECONDS = 10
# Of a message to a broker: about as long as the command and the acknowledgement of this protocol.
MQTT_BYTES = 160


class BenchmarkFailed(Exception):
    """The benchmark could not be carried through; its text says why."""


def note(text: str) -> None:
    print(f"benchmark: {text}", file=sys.stderr, flush=True)


def build(server: Path | None = None) -> tuple[Path, Path]:
    """Builds everything but a server that is given; returns the server and the seed program."""
    note("building the load generator")
    subprocess.run(["make", "--silent", "-C", str(ROOT / "Benchmarks" / "load")], check=True)
    swift = ["swift", "build", "--package-path", str(ROOT), "-c", "release"]
    for product in ("switchyard", "BenchmarkSeed"):
        if product == "switchyard" and server:
            continue
        note(f"building {product}")
        subprocess.run([*swift, "--product", product], check=True, stdout=sys.stderr)
    folder = Path(subprocess.run([*swift, "--show-bin-path"], check=True, capture_output=True, text=True).stdout.strip())
    return server or folder / "switchyard", folder / "BenchmarkSeed"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def raise_descriptor_limit(wanted: int) -> int:
    """Raises the limit of open files as far as it goes, up to `wanted`; children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for attempt in (wanted, hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (attempt, max(attempt, hard)))
            break
        except (ValueError, OSError):
            continue
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


class Cores:
    """Where processes are pinned to: servers on the first core, the generator on another one, if there is one."""

    def __init__(self) -> None:
        cores = sorted(os.sched_getaffinity(0))
        self.server = cores[0]
        self.generator = cores[1] if len(cores) > 1 else cores[0]

    def pin(self, core: int):
        return lambda: os.sched_setaffinity(0, {core})


class Peer:
    """A running server under load: a process, its port, what it speaks, and a log."""

    def __init__(
        self, name: str, command: list[str], port: int, log: Path, core: int, cores: Cores, protocol: str = "ewe"
    ) -> None:
        self.name, self.port, self.log, self.protocol = name, port, log, protocol
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=cores.pin(core),
            )

    def wait_until_ready(self, is_ready) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                tail = self.log.read_text(errors="replace")[-2000:]
                self.stop()
                raise BenchmarkFailed(f"{self.name} did not become ready:\n{tail}")
            time.sleep(0.05)

    def accepts(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def stop(self) -> None:
        if self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            note(f"{self.name} did not stop within {STOP_SECONDS} s")
            self.process.kill()
            self.process.wait()


class Bench:
    """A seeded data folder, and the servers that can be started: ours with it, others with its certificate."""

    OURS = "switchyard"
    BROKER = "Mosquitto"
    FLOOR = "C hub"

    def __init__(self, server: Path, seed: Path, work: Path, accounts: int) -> None:
        self.server, self.work = server, work
        self.cores = Cores()
        self.data = work / "data"
        self.credentials = work / "credentials"
        note(f"seeding {accounts} accounts")
        arguments = ["--data", self.data, "--accounts", accounts, "--credentials", self.credentials]
        subprocess.run([seed, *map(str, arguments)], check=True, stdout=sys.stderr)

    def start(self, name: str) -> Peer:
        return {self.OURS: self.start_server, self.BROKER: self.start_broker, self.FLOOR: self.start_reference}[name]()

    def start_server(self) -> Peer:
        port = free_port()
        command = [str(self.server), "serve", "--data", str(self.data), "--port", str(port)]
        socket_file = self.data / "admin.sock"
        socket_file.unlink(missing_ok=True)
        peer = Peer(self.OURS, command, port, self.work / "switchyard.log", self.cores.server, self.cores)
        peer.wait_until_ready(socket_file.exists)
        return peer

    @property
    def certificate(self) -> tuple[Path, Path]:
        """The server's own, so that all pay for the same handshake: made by its first start."""
        files = self.data / "certificates" / "public.pem", self.data / "certificates" / "public.key"
        if not files[0].exists():
            self.start_server().stop()
        return files

    def start_reference(self) -> Peer:
        port = free_port()
        certificate, key = self.certificate
        command = [str(HUBLOAD), "hub", "-p", str(port), "-P", "ewe", "-c", str(certificate), "-k", str(key)]
        return self.start_other(Peer(self.FLOOR, command, port, self.work / "hub.log", self.cores.server, self.cores))

    def start_broker(self) -> Peer:
        port = free_port()
        certificate, key = self.certificate
        settings = self.work / "mosquitto.conf"
        settings.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\ncertfile {certificate}\nkeyfile {key}\n"
            # As it would be run for this: no delay of small segments, no log of each connection.
            "set_tcp_nodelay true\nmax_connections -1\nlog_type error\nlog_type warning\n"
            # Started as root it would give its rights up, and could not read the key.
            f"user {Path.home().owner()}\n",
            encoding="utf-8",
        )
        command = ["/usr/sbin/mosquitto", "-c", str(settings)]
        log, cores = self.work / "mosquitto.log", self.cores
        return self.start_other(Peer(self.BROKER, command, port, log, cores.server, cores, protocol="mqtt"))

    @staticmethod
    def start_other(peer: Peer) -> Peer:
        peer.wait_until_ready(peer.accepts)
        return peer

    def command(self, peer: Peer, mode: str, count: int, *options: str) -> list[str]:
        """The load generator's command for so many connections or pairs of a peer."""
        command = [str(HUBLOAD), mode, "-P", peer.protocol, "-p", str(peer.port), "-s", str(peer.process.pid)]
        command += ["-n", str(count), "-L", peer.name, *options]
        command += ["-C", str(self.credentials)] if peer.protocol == "ewe" else ["-b", str(MQTT_BYTES)]
        return command

    def load(self, peer: Peer, mode: str, count: int, *options: str, may_shed: bool = False, limit: float = 180) -> dict:
        """Runs the load generator to its end; all must come, and unless it may shed none is closed and no command refused."""
        command = self.command(peer, mode, count, *options)
        pin = self.cores.pin(self.cores.generator)
        result = subprocess.run(command, capture_output=True, text=True, timeout=limit, preexec_fn=pin)
        return self.figures(peer, f"{mode} {count}", result.stdout, result.stderr, may_shed)

    @staticmethod
    def figures(peer: Peer, what: str, output: str, errors: str, may_shed: bool = False) -> dict:
        try:
            figures = json.loads(output)
        except ValueError:
            raise BenchmarkFailed(f"{what} against {peer.name}: {output[-500:]} {errors[-500:]}") from None
        ended = figures["conns"] - figures.get("alive", figures["conns"])
        if figures["failed"] or not may_shed and (ended or figures.get("refused")):
            raise BenchmarkFailed(f"{what} against {peer.name}: connections or commands failed: {figures}")
        return figures | {"ended": ended}
