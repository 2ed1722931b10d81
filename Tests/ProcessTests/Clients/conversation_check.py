#!/usr/bin/env python3
"""Goes the way of an app through a running server, with nothing of the project's own code: six steps.

    conversation_check.py --port PORT --ca FILE --appid ID --secret-file FILE \
        --email EMAIL --password-file FILE --device DEVICEID

1 login (signed), 2 device list, 3 dispatch, 4 WebSocket, 5 userOnline, 6 update and its answer; then the heartbeat, the
state read back, and three refusals. HTTP is Python's `http.client`, the socket is the `websockets` package.

Prints one JSON object a line, one for each step. Exit codes: 0 all steps ok, 1 a step failed, 2 wrong usage.
"""

import argparse
import base64
import hashlib
import hmac
import http.client
import json
import secrets
import ssl
import string
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

TIMEOUT_SECONDS = 15


class StepFailed(Exception):
    """A step did not end as it must; its text says what was seen."""


def expect(condition: bool, text: str) -> None:
    if not condition:
        raise StepFailed(text)


def nonce() -> str:
    return "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(8))


class App:
    """An app client: one account, one app id, one server."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.port = options.port
        self.host = options.host
        self.app_id = options.appid
        self.secret = Path(options.secret_file).read_text(encoding="utf-8").removesuffix("\n")
        self.email = options.email
        self.password = Path(options.password_file).read_text(encoding="utf-8").removesuffix("\n")
        self.tls = ssl.create_default_context(cafile=options.ca)
        self.access_token = ""
        self.apikey = ""

    def request(self, method: str, path: str, body: bytes | None, authorization: str) -> dict | list:
        connection = http.client.HTTPSConnection(self.host, self.port, timeout=TIMEOUT_SECONDS, context=self.tls)
        try:
            headers = {"Authorization": authorization, "Content-Type": "application/json"}
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            expect(answer.status == 200, f"{method} {path}: HTTP status {answer.status}, not 200")
            kind = answer.getheader("Content-Type", "")
            expect(kind.startswith("application/json"), f"{method} {path}: answered as {kind!r}, not as JSON")
            return json.loads(answer.read())
        finally:
            connection.close()

    def signature(self, message: bytes) -> str:
        digest = hmac.new(self.secret.encode(), message, hashlib.sha256).digest()
        return "Sign " + base64.b64encode(digest).decode()

    def login_body(self, password: str) -> bytes:
        members = {"appid": self.app_id, "email": self.email, "password": password, "ts": int(time.time())}
        return json.dumps({**members, "version": 8, "nonce": nonce()}).encode()

    def login(self) -> dict:
        body = self.login_body(self.password)
        answer = self.request("POST", "/api/user/login", body, self.signature(body))
        expect("error" not in answer, f"log-in refused: {answer}")
        self.access_token = answer["at"]
        self.apikey = answer["user"]["apikey"]
        expect(len(self.access_token) == 40 and len(answer["rt"]) == 40, "tokens are not 40 characters")
        return answer

    def general_query(self) -> str:
        return f"appid={self.app_id}&nonce={nonce()}&ts={int(time.time())}&version=8"

    def bearer(self) -> str:
        return "Bearer " + self.access_token

    def devices(self) -> list:
        answer = self.request("GET", f"/api/user/device?lang=en&getTags=1&{self.general_query()}", None, self.bearer())
        expect(answer.get("error") == 0, f"device list refused: {answer}")
        return answer["devicelist"]

    def dispatch(self) -> dict:
        members = {"accept": "ws", "appid": self.app_id, "ts": int(time.time()), "version": 8, "nonce": nonce()}
        answer = self.request("POST", "/dispatch/app", json.dumps(members).encode(), self.bearer())
        expect(answer.get("error") == 0 and answer.get("reason") == "ok", f"dispatch refused: {answer}")
        for member, kind in (("IP", str), ("port", int), ("domain", str)):
            expect(isinstance(answer.get(member), kind), f"dispatch: {member} is missing or of another kind: {answer}")
        return answer


class Session:
    """The app's WebSocket and what it says there."""

    def __init__(self, app: App, socket: ClientConnection) -> None:
        self.app = app
        self.socket = socket
        self.sequence = int(time.time() * 1000)

    def next_sequence(self) -> str:
        self.sequence += 1
        return str(self.sequence)

    def send(self, message: dict) -> None:
        self.socket.send(json.dumps(message, separators=(",", ":")))

    def receive(self) -> dict:
        text = self.socket.recv(timeout=TIMEOUT_SECONDS)
        expect(isinstance(text, str), "the server sent a binary frame")
        return json.loads(text)

    def answer_to(self, sequence: str) -> dict:
        """The answer with `sequence`; pushes of the server in between are passed over, within one deadline."""
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            message = self.receive()
            if "action" not in message and message.get("sequence") == sequence:
                return message
        raise StepFailed(f"no answer with sequence {sequence}")

    def user_online(self, access_token: str) -> dict:
        sequence = self.next_sequence()
        self.send(
            {
                "action": "userOnline",
                "version": 8,
                "ts": int(time.time()),
                "at": access_token,
                "userAgent": "app",
                "apikey": self.app.apikey,
                "appid": self.app.app_id,
                "nonce": nonce(),
                "sequence": sequence,
            }
        )
        answer = self.receive()
        expect(answer.get("sequence") == sequence, f"the first frame is not the answer to userOnline: {answer}")
        return answer

    def command(self, action: str, device_id: str, params: object) -> dict:
        sequence = self.next_sequence()
        message = {"action": action, "apikey": self.app.apikey, "deviceid": device_id, "userAgent": "app"}
        self.send({**message, "sequence": sequence, "ts": 0, "params": params})
        return self.answer_to(sequence)

    def close_code(self) -> int | None:
        """Reads until the server has closed; nil when it just dropped the connection."""
        try:
            while True:
                self.socket.recv(timeout=TIMEOUT_SECONDS)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


@contextmanager
def open_session(app: App) -> Iterator[Session]:
    """Opens the WebSocket, offering no compression, and closes it at the end."""
    address = f"wss://{app.host}:{app.port}/api/ws"
    limits = {"open_timeout": TIMEOUT_SECONDS, "close_timeout": 2}
    with connect(address, ssl=app.tls, compression=None, proxy=None, **limits) as socket:
        yield Session(app, socket)


def report(step: str, **facts: object) -> None:
    print(json.dumps({"step": step, "ok": True, **facts}), flush=True)


def six_steps(app: App, device_id: str) -> None:
    answer = app.login()
    report("login", region=answer["region"])

    device = next((item for item in app.devices() if item["deviceid"] == device_id), None)
    expect(device is not None, f"{device_id} is not in the list")
    expect(device["online"] is True, f"{device_id} is not online")
    report("list", name=device["name"], uiid=device["uiid"])

    target = app.dispatch()
    report("dispatch", domain=target["domain"], ip=target["IP"], port=target["port"])

    with open_session(app) as session:
        report("socket")
        talk(session, device_id)


def talk(session: Session, device_id: str) -> None:
    answer = session.user_online(session.app.access_token)
    expect(answer.get("error") == 0, f"userOnline refused: {answer}")
    expect(answer.get("config", {}).get("hbInterval", 0) > 60, f"no usable hbInterval: {answer}")
    report("userOnline", config=answer["config"])

    for state in ("on", "off", "on"):
        answer = session.command("update", device_id, {"switch": state})
        expect(answer.get("error") == 0, f"update refused: {answer}")
        expect(answer.get("deviceid") == device_id, f"the answer is about another device: {answer}")
        seen = session.command("query", device_id, ["switch"])
        expect(seen.get("params") == {"switch": state}, f"switched {state}, query says {seen}")
        report("update", state=state)

    session.socket.send("ping")
    while (text := session.socket.recv(timeout=TIMEOUT_SECONDS)) != "pong":
        expect(text.startswith("{"), f"neither pong nor a message: {text!r}")
    report("heartbeat")

    answer = session.command("update", "1000ffffff", {"switch": "on"})
    expect(answer.get("error") == 403, f"a command to an unknown device is not 403: {answer}")
    report("unknown device", error=403)


def refusals(app: App) -> None:
    body = app.login_body(app.password)
    answer = app.request("POST", "/api/user/login", body, app.signature(body + b" "))
    expect(answer.get("error") == 406, f"a wrong signature is not 406: {answer}")
    report("wrong signature", error=406)

    body = app.login_body(app.password + "x")
    answer = app.request("POST", "/api/user/login", body, app.signature(body))
    expect(answer.get("error") == 401, f"a wrong password is not 401: {answer}")
    report("wrong password", error=401)

    with open_session(app) as session:
        answer = session.user_online("0" * 40)
        expect(answer.get("error") == 406, f"a wrong token is not 406: {answer}")
        code = session.close_code()
    expect(code not in (1000, 1005), f"close code {code}: clients would not come back")
    report("wrong token", error=406, close=code)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="goes an app's way through a running server")
    parser.add_argument("--host", default="localhost", help="name in the certificate, leading to the server")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca", required=True, help="certificate of the authority that signed the server's certificate")
    parser.add_argument("--appid", required=True)
    parser.add_argument("--secret-file", required=True, help="file that holds the app secret")
    parser.add_argument("--email", required=True)
    parser.add_argument("--password-file", required=True)
    parser.add_argument("--device", required=True, help="deviceid of a single-channel switch that is online")
    return parser.parse_args()


def main() -> int:
    options = parse()
    try:
        app = App(options)
        six_steps(app, options.device)
        refusals(app)
    except Exception as error:  # A closed socket or a missing member is a failed step, told on one line.
        print(json.dumps({"step": "failed", "ok": False, "kind": type(error).__name__, "reason": str(error)[:500]}))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
