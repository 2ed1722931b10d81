"""The server as `contract_hooks.py` needs it: the account that calls are made for, and values of the moment.

What stands in the examples of the contract exists on the server (`contract_check.py` says who makes it). A few things
exist only for a moment, a code or a token, or are used up: these have a supplier here, by the name or the value that
stands for them in the examples.
"""

import base64
import hashlib
import hmac
import itertools
import json
import os
import socket
import ssl
import urllib.parse
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import requests

WORLD = json.loads(Path(os.environ["CONTRACT_WORLD"]).read_text(encoding="utf-8"))

# The values in the examples of requests, by name.
EXAMPLES: dict[str, list] = {}


# Authorization


def sign(message: bytes) -> str:
    digest = hmac.new(WORLD["secret"].encode(), message, hashlib.sha256).digest()
    return "Sign " + base64.b64encode(digest).decode()


def signed_message(request: requests.PreparedRequest) -> bytes:
    """The body as it is; without one the query, sorted by name and decoded."""
    if request.method in ("POST", "PUT"):
        body = request.body or b""
        return body.encode() if isinstance(body, str) else body
    pairs = []
    for part in urllib.parse.urlsplit(request.url).query.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((urllib.parse.unquote_to_bytes(name), urllib.parse.unquote_to_bytes(value)))
    return b"&".join(name + b"=" + value for name, value in sorted(pairs, key=lambda pair: pair[0]) if name != b"sign")


class Signature(requests.auth.AuthBase):
    def __call__(self, request):
        request.headers["Authorization"] = sign(signed_message(request))
        return request


class SensorSignature(requests.auth.AuthBase):
    """That of a device which signs its own reports; all devices of the world have the apikey of the examples."""

    def __call__(self, request):
        try:
            report = json.loads(request.body or b"{}")
            identity = {"deviceid": report["deviceid"], "d_seq": str(report["d_seq"])}
        except (ValueError, KeyError, TypeError):
            identity = {"deviceid": "", "d_seq": ""}
        text = json.dumps({"apikey": EXAMPLES["apikey"][0], **identity}, separators=(",", ":"), ensure_ascii=False)
        digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
        request.headers["Authorization"] = f"Sign {digest}"
        return request


TOKENS: list[str] = []


def current_token() -> str:
    """The token of the world's account; a new one when the server has ended it, as after a change of the password."""
    if not TOKENS:
        TOKENS.append(log_in()["at"])
    return TOKENS[0]


class Token(requests.auth.AuthBase):
    def __call__(self, request):
        request.headers["Authorization"] = "Bearer " + current_token()
        return request


def log_in() -> dict:
    members = {"appid": WORLD["appid"], "email": WORLD["email"], "password": WORLD["password"]}
    body = json.dumps(members).encode()
    answer = call("POST", "/api/user/login", sign(body), body)
    if "at" not in answer:
        raise RuntimeError(f"the world's account cannot log in: {answer}")
    return answer


def call(method: str, path: str, authorization: str, body: bytes | None = None) -> dict:
    context = ssl.create_default_context(cafile=WORLD["ca"])
    connection = HTTPSConnection("localhost", WORLD["port"], timeout=15, context=context)
    try:
        connection.request(method, path, body, {"Authorization": authorization, "Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


# Values that exist only for a moment


REFRESH_TOKENS: list[str] = []


def fresh_refresh_token(_: dict) -> str:
    """The last one that an answer gave away, which nobody has used."""
    return REFRESH_TOKENS.pop() if REFRESH_TOKENS else log_in()["rt"]


def current_password(_: dict) -> str:
    return WORLD["password"]


def verification_code(container: dict) -> str | None:
    """A code for the address that the request is about, from the operator's outbox; nil when none is sent any more."""
    address = container.get("email") or container.get("phoneNumber")
    kind = "email" if container.get("email") else "to"
    for purpose in ("1", "0") if "password" in container else ("4",):
        members = {"appid": WORLD["appid"], "sendType": purpose, kind: address}
        body = json.dumps(members).encode()
        if isinstance(address, str) and call("POST", "/api/sms", sign(body), body).get("error") == 0:
            return next((message["code"] for message in outbox() if message["to"] == address), None)
    return None


def outbox() -> list[dict]:
    return ask_operator("GET", "/outbox")["messages"]


def ask_operator(method: str, path: str, body: dict | None = None) -> dict:
    """What a command of the operator does: a request on the admin socket."""
    connection = HTTPConnection("localhost")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(WORLD["admin socket"])
    try:
        connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read() or b"{}")
    finally:
        connection.close()


def code_of_unclaimed_device(_: dict) -> str:
    """What stands on the QR code of a device that the operator has entered and nobody has."""
    device_id, key = f"1000e{next(COUNTER):05x}", "d0d0d0d0-1111-4222-8333-444455550003"
    ask_operator("POST", "/unclaimed", {"devices": [{"id": device_id, "apikey": key}]})
    return hashlib.md5((device_id + key).encode()).hexdigest()


GROUPS: list[str] = []


def group_of_account(_: dict) -> str:
    if not GROUPS:
        answer = call("POST", "/api/group", "Bearer " + current_token(), json.dumps({"name": "Upstairs"}).encode())
        GROUPS.append(answer["groupid"])
    return GROUPS[0]


def key_of_firmware(_: dict) -> str | None:
    """What stands in the address of the world's firmware: apps that ask for updates are told."""
    asked = {"deviceid": EXAMPLES["deviceid"][0], "model": "PSF-B01-GL", "version": "1.0.0"}
    body = json.dumps({"deviceInfoList": [asked]}).encode()
    answer = call("POST", "/otaother/app", "Bearer " + current_token(), body)
    images = answer.get("upgradeInfoList", [{}])[0].get("binList", [])
    return urllib.parse.urlsplit(images[0]["downloadUrl"]).path.split("/")[-2] if images else None


def device_to_lose(_: dict) -> str:
    """A device of the world's account that nobody else asks for."""
    members = {"deviceid": f"1000f{next(COUNTER):05x}", "apikey": "d0d0d0d0-1111-4222-8333-444455550002"}
    call("POST", "/api/user/device/add", "Bearer " + current_token(), json.dumps(members).encode())
    return members["deviceid"]


COUNTER = itertools.count(1)

# What is sent in place of a value of the examples: by name, by name where it is to be deleted, and by value.
LIVE_VALUES = {
    "rt": fresh_refresh_token,
    "password": current_password,
    "oldPassword": current_password,
    "verificationCode": verification_code,
}
VALUES_TO_DELETE = {"deviceid": device_to_lose}
STAND_INS = {
    "9f8e7d6c5b4a39281706f5e4d3c2b1a0": group_of_account,
    "98c8aa7661d8e342b5a84857b66dd091": code_of_unclaimed_device,
    "q1w2e3r4t5y6u7i8o9p0a1s2": key_of_firmware,
}


def replace(container: object, suppliers: dict) -> None:
    if isinstance(container, list):
        for element in container:
            replace(element, suppliers)
    if not isinstance(container, dict):
        return
    for name, value in container.items():
        if isinstance(value, str) and value in STAND_INS:
            container[name] = STAND_INS[value](container) or value
        elif isinstance(value, str) and name in suppliers and value in EXAMPLES.get(name, []):
            container[name] = suppliers[name](container) or value
        else:
            replace(value, suppliers)


def note_credentials(sent: object, answer: dict, scheme: str | None) -> None:
    """Keeps up with what changes the password of the world's account, and with what is given to it."""
    sent = sent if isinstance(sent, dict) else {}
    if "rt" in answer and answer.get("user", {}).get("email") == WORLD["email"]:
        REFRESH_TOKENS.append(answer["rt"])
        WORLD["password"] = sent.get("password", WORLD["password"])
    if scheme == "bearer" and isinstance(sent.get("newPassword"), str):
        REFRESH_TOKENS.clear()
        WORLD["password"] = sent["newPassword"]
