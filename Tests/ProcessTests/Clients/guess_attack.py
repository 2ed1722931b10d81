#!/usr/bin/env python3
"""Guesses at an account's password over TLS as fast as it can, while its owner goes on; called by scripts/guess-test.

    guess_attack.py PATH_OF_SWITCHYARD

The server is a process of its own with default limits. Passwords that were compared are counted twice: by the answers, and by the
server's own figures. Needs nothing but Python's library and the addresses 127.0.0.0/8.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import re
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections import Counter
from pathlib import Path

GUESSES = 100_000
BAR = 100  # Passwords of an account compared within any hour.
FORGIVEN_PER_HOUR = 30  # limits.failedLoginsPerAccountAndHour: of strangers, and of known clients together.
PASSWORD = "correct-horse-battery"
OWNER, NOBODY = "owner@example.org", "nobod@example.org"
HOME, ELSEWHERE = "127.0.0.1", "127.200.0.1"
DEVICE, KEY = "1000f0f0f0", "d0d0d0d0-1111-4222-8333-444455550001"
REDIRECT = "https://app.example.org/linked"
COMPARED, REFUSED = (401, 404, 498), 503
TIMED = 12  # Accounts whose log-ins are timed, each ten times.
failures: list[str] = []


def check(holds: bool, what: str) -> None:
    print("ok    " if holds else "MISSED", what, flush=True)
    if not holds:
        failures.append(what)


class Server:
    """The process, its commands, and how to reach it."""

    def __init__(self, program: str, folder: str):
        self.program, self.data, log = program, folder + "/data", Path(folder, "log")
        settings = {"LOG_FORMAT": "json", "LISTENERS_METRICS_ENABLED": "true", "LISTENERS_METRICS_PORT": "0"}
        self.process = subprocess.Popen(
            [program, "serve", "--data", self.data, "--port", "0"],
            env={**os.environ, **{"SWITCHYARD_" + name: value for name, value in settings.items()}},
            stderr=log.open("w"),
        )
        for _ in range(300):
            for line in log.read_text().splitlines():
                if '"message":"Ready"' in line:
                    ready = json.loads(line)
                    self.port, self.metrics = (int(ready[name].rsplit(":", 1)[1]) for name in ("public", "metrics"))
                    self.tls = ssl.create_default_context(cafile=self.data + "/certificates/ca.pem")
                    return
            time.sleep(0.1)
        self.process.kill()
        sys.exit("guess_attack: the server did not start: " + log.read_text())

    def command(self, *arguments: str, text: str = "") -> dict:
        run = subprocess.run(
            [self.program, *arguments, "--data", self.data, "--output", "json"], input=text, capture_output=True, text=True
        )
        if run.returncode:
            sys.exit(f"guess_attack: {arguments}: {run.stderr}")
        return json.loads(run.stdout)

    def wrong_passwords(self) -> int:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        text = opener.open(f"http://127.0.0.1:{self.metrics}/metrics", timeout=30).read().decode()
        found = re.search(r'^switchyard_password_checks_total\{result="wrong"\} (\d+)', text, re.M)
        return int(found[1]) if found else 0

    async def connect(self, address: str):
        return await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.tls, server_hostname="localhost", local_addr=(address, 0)
        )

    async def ask(self, address: str, data: bytes) -> dict:
        reader, writer = await self.connect(address)
        writer.write(data)
        answer = await read_answer(reader)
        writer.close()
        return answer


def sign(message: bytes, app: dict) -> str:
    return base64.b64encode(hmac.new(app["secret"].encode(), message, hashlib.sha256).digest()).decode()


def request(method: str, target: str, body: str = "", **headers: str) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def signed(app: dict, target: str, **members) -> bytes:
    body = json.dumps({"appid": app["id"], "version": 8, **members})
    return request("POST", target, body, Content_Type="application/json", Authorization="Sign " + sign(body.encode(), app))


def login(app: dict, email: str, password: str) -> bytes:
    return signed(app, "/api/user/login", email=email, password=password)


async def read_answer(reader) -> dict:
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(int(re.search(rb"content-length: *(\d+)", head, re.I)[1]))
    if body.startswith(b"{"):
        return json.loads(body)
    return {"status": int(head.split()[1]), "head": head.decode(), "page": body.decode()}


class Socket:
    """A WebSocket that has text messages below 64 KiB (RFC 6455)."""

    @classmethod
    async def open(cls, server: Server, address: str):
        self = cls()
        self.reader, self.writer = await server.connect(address)
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13"}
        self.writer.write(request("GET", "/api/ws", Sec_WebSocket_Key=base64.b64encode(os.urandom(16)).decode(), **upgrade))
        self.status = int((await self.reader.readuntil(b"\r\n\r\n")).split()[1])
        return self

    def send(self, **message) -> None:
        data = json.dumps(message).encode()
        length = bytes([0x80 | len(data)]) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
        self.writer.write(b"\x81" + length + bytes(4) + data)

    async def receive(self) -> dict:
        """The next message; empty when the socket was closed."""
        try:
            while True:
                kind, length = await self.reader.readexactly(2)
                length = int.from_bytes(await self.reader.readexactly(2), "big") if length == 126 else length
                data = await self.reader.readexactly(length)
                if kind == 0x81:
                    return json.loads(data)
                if kind == 0x88:
                    return {}
        except (asyncio.IncompleteReadError, ConnectionError):
            return {}

    async def ask(self, **message) -> dict:
        self.send(**message)
        return await self.receive()


class Owner:
    """Uses a session that is there already, and logs in on another client again and again, as long as guesses are made."""

    def __init__(self, server: Server, phone: dict, tablet: dict):
        self.server, self.phone, self.tablet = server, phone, tablet
        self.commands: list[float] = []
        self.logins: list[float] = []
        self.faults: list[str] = []
        self.stopped = False

    async def begin(self) -> None:
        self.session = await self.server.ask(HOME, login(self.phone, OWNER, PASSWORD))
        await self.server.ask(HOME, login(self.tablet, OWNER, PASSWORD))
        self.device = await Socket.open(self.server, ELSEWHERE)
        registered = await self.device.ask(action="register", userAgent="device", deviceid=DEVICE, apikey=KEY, version=8)
        self.key = registered["apikey"]
        self.app = await Socket.open(self.server, HOME)
        online = await self.app.ask(
            action="userOnline", at=self.session["at"], apikey=self.key, appid=self.phone["id"], userAgent="app",
            nonce="a1b2c3d4", ts=int(time.time()), version=8, sequence="1",
        )
        assert online["error"] == 0, online
        self.tasks = [asyncio.create_task(work()) for work in (self.answer, self.switch, self.log_in)]

    async def answer(self) -> None:
        while command := await self.device.receive():
            if command.get("action") == "update":
                self.device.send(error=0, userAgent="device", apikey=self.key, deviceid=DEVICE, sequence=command["sequence"])

    async def switch(self) -> None:
        while not self.stopped:
            start, sequence = time.monotonic(), str(time.time_ns() // 1_000_000)
            self.app.send(
                action="update", deviceid=DEVICE, apikey=self.key, userAgent="app", sequence=sequence,
                params={"switch": "on" if len(self.commands) % 2 else "off"},
            )
            while answer := await self.app.receive():
                if answer.get("sequence") == sequence:
                    break
            self.note(self.commands, start, answer, answer.get("error") == 0)
            bearer = "Bearer " + self.session["at"]
            answer = await self.server.ask(HOME, request("GET", "/api/user/device?version=8", Authorization=bearer))
            self.note([], start, answer, answer.get("error") == 0)
            await asyncio.sleep(0.3)

    async def log_in(self) -> None:
        while not self.stopped:
            start = time.monotonic()
            answer = await self.server.ask(HOME, login(self.tablet, OWNER, PASSWORD))
            self.note(self.logins, start, answer, "at" in answer)
            await asyncio.sleep(1)

    def note(self, times: list[float], start: float, answer: dict, is_right: bool) -> None:
        times.append(time.monotonic() - start)
        if not is_right:
            self.faults.append(str(answer))

    async def end(self) -> None:
        self.stopped = True
        await asyncio.gather(*self.tasks[1:])
        query = f"appid={self.phone['id']}&rt={self.session['rt']}"
        signature = "Sign " + sign(query.encode(), self.phone)
        answer = await self.server.ask(HOME, request("GET", "/api/user/refresh?" + query, Authorization=signature))
        check("at" in answer, "the owner's refresh token is good")
        check(
            not self.faults and len(self.commands) > 10 and len(self.logins) > 5,
            f"the owner's session did {len(self.commands)} commands ({max(self.commands) * 1e3:.0f} ms at the most) and as many"
            f" requests, {len(self.logins)} log-ins were right ({max(self.logins):.1f} s at the most), refused: {self.faults[:3]}",
        )


class Attack:
    """Guesses from many connections at a time."""

    def __init__(self, server: Server):
        self.server, self.total = server, 0
        self.compared: Counter[str] = Counter()

    async def connection(self, address: str, guesses: list[tuple[str, bytes]]) -> None:
        """Sends all at once, and counts those that were compared."""
        reader, writer = await self.server.connect(address)
        writer.writelines([data for _, data in guesses])
        for name, _ in guesses:
            error = (await read_answer(reader)).get("error")
            if error not in (*COMPARED, REFUSED):
                raise SystemExit(f"guess_attack: a guess at {name} from {address} heard {error}")
            self.compared[name] += error != REFUSED
        self.total += len(guesses)
        writer.close()

    async def run(self, what: str, batches: list[tuple[str, list[tuple[str, bytes]]]]) -> None:
        before, total, start, gate = self.compared.copy(), self.total, time.monotonic(), asyncio.Semaphore(16)

        async def one(batch):
            async with gate:
                await self.connection(*batch)

        await asyncio.gather(*map(one, batches))
        seconds, new = time.monotonic() - start, self.compared - before
        rate = (self.total - total) / seconds
        print(f"      {what}: {self.total - total} guesses in {seconds:.0f} s ({rate:.0f}/s), compared: {new.total()}", flush=True)


def address(block: int, index: int) -> str:
    return f"127.{block}.{index // 250}.{index % 250 + 1}"


async def guess_passwords(server: Server, apps: list[dict], attack: Attack) -> None:
    phone, _, foreign = apps
    share = GUESSES // 4
    guess = [(OWNER, login(phone, OWNER, f"guess {index}")) for index in range(250)]
    await attack.run("one address", [("127.9.9.9", guess) for _ in range(share // len(guess))])
    await attack.run("2 000 addresses", [(address(10, index), guess[: 2 * share // 2_000]) for index in range(2_000)])
    # As the owner's own telephone, and as a neighbour behind the owner's address.
    pretended = [(OWNER, login(app, OWNER, f"guess {index}")) for index in range(125) for app in (phone, foreign)]
    await attack.run("the owner's address", [(HOME, pretended) for _ in range(share // len(pretended))])
    most = attack.compared[OWNER]
    hour = most + 2 * FORGIVEN_PER_HOUR
    check(attack.total >= GUESSES and 0 < most and hour < BAR,
          f"of {attack.total} guesses at one account {most} were compared: {hour} in an hour at the most")


async def spray(server: Server, phone: dict, attack: Attack) -> None:
    names = [f"user{index}@example.org" if index < 5 else f"name{index}@example.org" for index in range(10)]
    guesses = {name: (name, login(phone, name, "Summer2026")) for name in names}
    await attack.run(
        "one password, 10 accounts, 500 addresses",
        [(address(11, index), [guesses[names[(index + k) % 10]] for k in range(20)]) for index in range(500)],
    )
    known, unknown = ([attack.compared[name] for name in names[part]] for part in (slice(5), slice(5, 10)))
    check(max(known + unknown) + FORGIVEN_PER_HOUR < BAR, f"compared of known accounts {known}, of unknown ones {unknown}")


async def guess_codes(server: Server, phone: dict, attack: Attack) -> None:
    sent = Counter()
    for index in range(40):
        answer = await server.ask(address(12, index), signed(phone, "/api/sms", sendType="1", email=OWNER))
        sent[answer["error"]] += 1
    check(sent[0] <= 3 and sent[0] + sent[160_038] == 40, f"of 40 codes that 40 addresses asked for {sent[0]} were sent")
    name = "codes of the owner"
    guesses = [
        (name, signed(phone, "/api/user/password/reset", email=OWNER, verificationCode=f"{index:06}", password="a new password"))
        for index in range(20)
    ]
    await attack.run("codes from 500 addresses", [(address(13, index), guesses) for index in range(500)])
    hour = attack.compared[name] + FORGIVEN_PER_HOUR
    check(hour < BAR, f"of {500 * len(guesses)} codes {attack.compared[name]} were compared: {hour} in an hour at the most")


async def guess_devices(server: Server) -> None:
    async def register(source: str, device: str, key: str) -> object:
        socket = await Socket.open(server, source)
        if socket.status != 101:
            return "no socket"
        try:
            answer = await asyncio.wait_for(
                socket.ask(action="register", userAgent="device", deviceid=device, apikey=key, version=8), 8
            )
        except TimeoutError:
            answer = {"error": "no answer"}
        socket.writer.close()
        return answer.get("error", "closed")

    keys = Counter()
    for index in range(100):
        keys[await register("127.20.0.1", DEVICE, f"d0d0d0d0-1111-4222-8333-{index:012}")] += 1
    check(0 < keys[403] <= 12 and keys[0] == 0, f"keys of a device from one address: {dict(keys)}")
    ids = Counter(await asyncio.gather(*(register("127.21.0.1", f"10009{index:05x}", KEY) for index in range(150))))
    check(0 < ids[404] <= 64 and ids[0] == 0, f"ids of devices from one address: {dict(ids)}")
    told = [await register("127.21.0.1", device, "wrong") for device in (DEVICE, "1000999999")]
    check(told[0] == told[1] and told[0] in ("closed", "no socket"), f"a device and none are told after that: {told}")
    check(await register(ELSEWHERE, DEVICE, KEY) == 0, "the device itself registers elsewhere meanwhile")


def area_under_curve(left: list[float], right: list[float]) -> float:
    """How often a value of `right` is above one of `left`: one half when they cannot be told apart (Mann-Whitney U / nm)."""
    ranked = sorted([(value, 0) for value in left] + [(value, 1) for value in right])
    ranks = sum(rank for rank, (_, side) in enumerate(ranked, 1) if side)
    return (ranks - len(right) * (len(right) + 1) / 2) / (len(left) * len(right))


def compare(what: str, known: list[float], unknown: list[float], tolerance: float) -> None:
    for side, sample in (("known", known), ("unknown", unknown)):
        low, middle, high = (value * 1e3 for value in statistics.quantiles(sample, n=4))
        print(f"      {what}, {side:7}: n {len(sample)}, quartiles {low:.3f}, {middle:.3f}, {high:.3f} ms", flush=True)
    area = area_under_curve(known, unknown)
    deviation = ((len(known) + len(unknown) + 1) / (12 * len(known) * len(unknown))) ** 0.5
    check(abs(area - 0.5) <= tolerance, f"{what}: AUC {area:.3f}, within 0.5 ± {tolerance} (deviation of equals {deviation:.3f})")


async def timed(server: Server, what: str, count: int, tolerance: float, make, sources=None, alike=True) -> None:
    """Known and unknown accounts in turns, the first of each pair now this one, now that one."""
    samples: tuple[list[float], list[float]] = ([], [])
    expected: list[set] = [set(), set()]
    connection = None
    for index in range(count):
        for side in ((0, 1), (1, 0))[index % 2]:
            if sources or not connection:
                connection = await server.connect(sources(index, side) if sources else "127.30.0.1")
            reader, writer = connection
            data = make(index, side)
            start = time.perf_counter()
            writer.write(data)
            answer = await read_answer(reader)
            samples[side].append(time.perf_counter() - start)
            expected[side].add(answer.get("error", answer.get("status")))
            if sources:
                writer.close()
    if not sources:
        connection[1].close()
    if any(len(answers) != 1 for answers in expected) or (alike and expected[0] != expected[1]):
        check(False, f"{what}: answers {expected}")
    compare(what, *samples, tolerance)


async def time_accounts(server: Server, phone: dict) -> None:
    refused = [login(phone, name, "wrong-password") for name in (OWNER, NOBODY)]
    # Both are held up by now, the unknown one since this.
    for index in range(20):
        await server.ask(address(31, index), refused[1])
    await timed(server, "refused guesses", 2_000, 0.1, lambda _, side: refused[side])
    pairs = TIMED * 10

    def name(index: int, side: int) -> str:
        return f"{('known', 'other')[side]}{index % TIMED}@example.org"

    await timed(
        server, "wrong passwords", pairs, 0.15,
        lambda index, side: login(phone, name(index, side), "wrong-password"), lambda index, side: address(32 + side, index),
        alike=False,
    )
    query = {
        "clientId": phone["id"], "redirectUrl": REDIRECT, "grantType": "authorization_code", "state": "s", "nonce": "zt123456",
        "seq": "1700000000000", "showQRCode": "null", "authorization": sign(f"{phone['id']}_1700000000000".encode(), phone),
    }
    page = "/oauth/index.html?" + urllib.parse.urlencode(query)
    form = await server.ask(HOME, request("GET", page))
    token = re.search('name="token" value="([^"]*)"', form["page"])[1]
    cookie = re.search("set-cookie: ([^;]*)", form["head"], re.I)[1]

    def submit(index: int, side: int) -> bytes:
        body = {"token": token, "account": "page" + name(index, side), "password": "wrong-password", "answer": "allow"}
        kind = "application/x-www-form-urlencoded"
        return request("POST", page, urllib.parse.urlencode(body), Content_Type=kind, Cookie=cookie)

    await timed(server, "wrong passwords on the page", pairs // 2, 0.2, submit, lambda index, side: address(34 + side, index))


async def play(server: Server) -> None:
    apps = [server.command("app", "add", "--name", name, "--redirect-url", REDIRECT) for name in ("phone", "tablet", "foreign")]
    names = [OWNER] + [f"user{index}@example.org" for index in range(5)]
    names += [f"{kind}{index}@example.org" for kind in ("known", "pageknown") for index in range(TIMED)]
    for name in names:
        server.command("account", "add", name, "--password-file", "-", text=PASSWORD)
    server.command("device", "add", DEVICE, "--apikey-file", "-", "--account", OWNER, text=KEY)
    owner, attack, before = Owner(server, *apps[:2]), Attack(server), server.wrong_passwords()
    await owner.begin()
    await guess_passwords(server, apps, attack)
    await spray(server, apps[0], attack)
    counted, told = attack.compared.total(), server.wrong_passwords() - before
    check(counted == told, f"the server's own figures tell of {told} wrong passwords, the answers of {counted}")
    await guess_codes(server, apps[0], attack)
    await owner.end()
    await guess_devices(server)
    await time_accounts(server, apps[0])


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="sy-") as folder:
        server = Server(sys.argv[1], folder)
        try:
            asyncio.run(play(server))
        finally:
            server.process.terminate()
            server.process.wait(30)
    print("guess-test: " + ("missed: " + "; ".join(failures) if failures else "ok"))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
