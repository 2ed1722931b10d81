#!/usr/bin/env python3
"""Measures whether the time of an answer tells a foreign id from one that does not exist.

    answer_times.py PATH_OF_SWITCHYARD [ROUNDS]

One account asks about what another one has, about what nobody has, and, as a control, about something else that nobody has, in
turns that are shuffled, on one connection. What is compared is ranks within the run, so that the speed of the machine does not
matter: how often the answer about one takes longer than that about the other. One half means that nothing can be told. That the
measure sees a difference where there is one is shown by the caller's own things, which must stand out.
"""

import base64
import bisect
import hashlib
import hmac
import json
import os
import random
import re
import secrets
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

APP = "TimedApplication"
KEY = "d0d0d0d0-1111-4222-8333-44445555000"
# How far from one half: five times what chance does with 2 000 rounds.
BAR = 0.05
# With equal times the share is within this of one half in all but one of a million runs.
CHANCE = 0.408 * 4.9
WARM_UP = 100
# `$name` is the id of something; what the victim has is put there, or what nobody has.
CALLS = [
    ("GET", "/api/user/device/$device", None),
    ("POST", "/api/user/device/$device", '{"name":"Mine","group":""}'),
    ("GET", "/api/user/device/status?deviceid=$device", None),
    ("POST", "/api/user/device/status", '{"deviceid":"$device","params":{"switch":"on"}}'),
    ("GET", "/api/user/device/history?deviceid=$device", None),
    ("DELETE", "/api/user/device/$device", None),
    ("PUT", "/api/group", '{"id":"$group","name":"Mine","index":0}'),
    ("POST", "/v2/device/thing", '{"thingList":[{"itemType":1,"id":"$device"}]}'),
    ("POST", "/v2/device/thing/status", '{"type":1,"id":"$device","params":{"switch":"on"}}'),
    ("GET", "/v2/device/thing/status?type=2&id=$thinggroup", None),
    ("POST", "/v2/device/share", '{"deviceidList":["$device"],"user":{"email":"ann@example.org"},"permit":15,"shareType":1}'),
    ("GET", "/v2/device/thing?num=0&familyid=$home", None),
    ("PUT", "/v2/family/room", '{"id":"$room","name":"Mine"}'),
    ("DELETE", "/v2/user/sessions?id=$login", None),
]
UNKNOWN = {
    "device": "1000c0c0c0", "group": "0" * 32, "home": "65000000000000000000dead", "room": "65000000000000000000beef",
    "thinggroup": "65000000000000000000cafe", "login": "65000000000000000000f00d",
}
CONTROL = {
    "device": "1000e0e0e0", "group": "1" * 32, "home": "65000000000000000001dead", "room": "65000000000000000001beef",
    "thinggroup": "65000000000000000001cafe", "login": "65000000000000000001f00d",
}


class Connection:
    """One TLS connection that writes a request at once and reads its answer whole."""

    def __init__(self, port: int, authority: str):
        context = ssl.create_default_context(cafile=authority)
        plain = socket.create_connection(("127.0.0.1", port), timeout=60)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(plain, server_hostname="localhost")

    def exchange(self, request: bytes) -> tuple[int, bytes]:
        """The nanoseconds that an answer took, and its body."""
        began = time.perf_counter_ns()
        self.socket.sendall(request)
        received = self.socket.recv(65536)
        took = time.perf_counter_ns() - began
        while b"\r\n\r\n" not in received:
            received += self.socket.recv(65536)
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)[1])
        while len(body) < length:
            body += self.socket.recv(65536)
        return took, body


class World:
    """A victim and a caller, who have the same things."""

    def __init__(self, program: str, data: str, port: int):
        self.program, self.data = program, data
        self.secret, self.password = secrets.token_hex(16), secrets.token_hex(16)
        self.connection = Connection(port, data + "/certificates/ca.pem")
        self.command("app", "add", "--name", "x", "--id", APP, "--secret-file", "-", secret=self.secret)
        self.victim, self.caller = self.person("vera", 1), self.person("max", 2)
        # To whom somebody else's device might be shared.
        self.command("account", "add", "ann@example.org", "--password-file", "-", secret=self.password)

    def command(self, *arguments: str, secret: str) -> None:
        subprocess.run([self.program, *arguments, "--data", self.data], input=secret, check=True, capture_output=True, text=True)

    def request(self, method: str, target: str, body: str | None, authorization: str) -> bytes:
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nX-CK-Appid: {APP}\r\nAuthorization: {authorization}\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        return (head + "\r\n" + (body or "")).encode()

    def call(self, method: str, target: str, token: str, body: dict | None = None) -> dict:
        text = None if body is None else json.dumps(body)
        answer = json.loads(self.connection.exchange(self.request(method, target, text, "Bearer " + token))[1])
        if answer.get("error") != 0:
            raise SystemExit(f"answer_times: {method} {target}: {answer}")
        return answer

    def person(self, name: str, number: int) -> dict:
        mail = f"{name}@example.org"
        self.command("account", "add", mail, "--password-file", "-", secret=self.password)
        text = json.dumps({"countryCode": "+49", "email": mail, "password": self.password})
        signature = base64.b64encode(hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).digest()).decode()
        answer = json.loads(self.connection.exchange(self.request("POST", "/v2/user/login", text, "Sign " + signature))[1])
        token, device = answer["data"]["at"], f"1000f0000{number}"
        digest = hashlib.sha256((device + KEY + str(number)).encode()).hexdigest()
        self.call("POST", "/v2/device/add", token, {"deviceid": device, "digest": digest, "name": "Lamp"})
        home = self.call("GET", "/v2/family", token)["data"]["currentFamilyId"]
        group = {"name": "Both", "mainDeviceId": device, "deviceidList": [device], "sort": 1}
        return {
            "token": token, "device": device, "home": home,
            "room": self.call("POST", "/v2/family/room", token, {"familyid": home, "name": "Hall", "sort": 1})["data"]["id"],
            "group": self.call("POST", "/api/group", token, {"name": "Downstairs", "index": 0})["groupid"],
            "thinggroup": self.call("POST", "/v2/device/group", token, group)["data"]["itemData"]["id"],
            "login": self.call("GET", "/v2/user/sessions", token)["data"]["sessionList"][0]["id"],
        }


def filled(text: str | None, things: dict) -> str | None:
    return text and re.sub(r"\$(\w+)", lambda match: things[match[1]], text)


def share_longer(first: list[int], second: list[int]) -> float:
    """How often one of the first is longer than one of the second; equal ones count half."""
    ordered = sorted(second)
    wins = sum(bisect.bisect_left(ordered, time) + bisect.bisect_right(ordered, time) for time in first)
    return wins / 2 / len(first) / len(second)


def measure(world: World, call: tuple, things: dict[str, dict], rounds: int) -> tuple[dict[str, list[int]], dict[str, bytes]]:
    """The times of the answers about each of the things, asked in shuffled turns, and the last answers."""
    method, target, body = call
    authorization = "Bearer " + world.caller["token"]
    requests = {
        name: world.request(method, filled(target, ids), filled(body, ids), authorization) for name, ids in things.items()
    }
    times: dict[str, list[int]] = {name: [] for name in requests}
    answers = {}
    names = list(requests)
    for turn in range(WARM_UP + rounds):
        random.shuffle(names)
        for name in names:
            took, answers[name] = world.connection.exchange(requests[name])
            if turn >= WARM_UP:
                times[name].append(took)
    return times, answers


def compare(world: World, rounds: int) -> list[str]:
    faults = []
    bar = max(BAR, CHANCE / rounds**0.5)
    print(f"{'call':55} {'foreign':>9} {'unknown':>9} {'longer':>7} {'control':>8}")
    for call in CALLS:
        times, answers = measure(world, call, {"foreign": world.victim, "unknown": UNKNOWN, "control": CONTROL}, rounds)
        label = call[0] + " " + call[1]
        shares = [share_longer(times[name], times["unknown"]) for name in ("foreign", "control")]
        medians = [statistics.median(times[name]) / 1000 for name in ("foreign", "unknown")]
        print(f"{label:55} {medians[0]:6.1f} µs {medians[1]:6.1f} µs {shares[0]:7.3f} {shares[1]:8.3f}", flush=True)
        if re.sub("|".join(world.victim.values()), "", answers["foreign"].decode()) != re.sub(
            "|".join(UNKNOWN.values()), "", answers["unknown"].decode()
        ):
            faults.append(f"{label}: {answers['foreign']!r} is not {answers['unknown']!r}")
        if abs(shares[0] - 0.5) > bar:
            faults.append(f"{label}: longer in {shares[0]:.3f} of the comparisons, at the most 0.5 ± {bar:.3f}")
    own, _ = measure(world, CALLS[4], {"own": world.caller, "unknown": UNKNOWN}, rounds)
    share = share_longer(own["own"], own["unknown"])
    print(f"the history of the caller's own device: longer in {share:.3f}")
    if share < 0.5 + bar:
        faults.append(f"the history of the caller's own device does not stand out ({share:.3f}): the measure sees nothing")
    return faults


def main() -> int:
    program, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    with tempfile.TemporaryDirectory() as data:
        with open(data + "/log", "w", encoding="utf-8") as log:
            environment = {**os.environ, "SWITCHYARD_LOG_FORMAT": "json"}
            server = subprocess.Popen([program, "serve", "--data", data, "--port", "0"], stderr=log, env=environment)
        try:
            for _ in range(150):
                found = re.search(r'"message":"Ready".*"public":"[^"]*:(\d+)"', Path(data, "log").read_text(encoding="utf-8"))
                if found or server.poll() is not None:
                    break
                time.sleep(0.2)
            if not found:
                raise SystemExit("answer_times: no server: " + Path(data, "log").read_text(encoding="utf-8"))
            faults = compare(World(program, data, int(found[1])), rounds)
        finally:
            server.terminate()
            server.wait(timeout=30)
    for fault in faults:
        print("timing-test:", fault)
    print("timing-test:", "failed" if faults else f"ok: {len(CALLS)} calls, {rounds} rounds")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
