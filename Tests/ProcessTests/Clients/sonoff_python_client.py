#!/usr/bin/env python3
"""Drives a running server through `sonoff-python`, a client that nobody here wrote.

    sonoff_python_client.py --print-credentials
    sonoff_python_client.py --port PORT --ca FILE --email EMAIL --password-file FILE --device DEVICEID

The package talks to `{region}-api.coolkit.cc:8080`, `{region}-disp.coolkit.cc:8080` and to port 8080 of whatever host
dispatch names. Inside this process, and only here, these names resolve to 127.0.0.1 and the given port. Certificates are
checked as the package and its libraries do it: against the server's own authority (`--ca`) and by host name.

The package carries an app id and secret. `--print-credentials` reads them from the installed file, so that a test can
register them with the server; they are never written down here.

Prints one JSON object a line, one for each step. Exit codes: 0 all steps ok, 1 a step failed, 2 wrong usage.
"""

import argparse
import importlib.util
import json
import os
import re
import socket
import sys
import time
from pathlib import Path

CLOUD_PORT = 8080
READ_BACK_SECONDS = 10


class StepFailed(Exception):
    """A step did not end as it must; its text says what was seen."""


def report(step: str, **facts: object) -> None:
    print(json.dumps({"step": step, **facts}), flush=True)


def read_credentials() -> dict:
    """Finds the app id and secret in the source of the installed package."""
    spec = importlib.util.find_spec("sonoff")
    if spec is None or spec.origin is None:
        raise StepFailed("sonoff-python is not installed in this environment")
    source = Path(spec.origin).with_name("sonoff.py").read_text(encoding="utf-8")
    app_id = re.search(r"""['"]appid['"]\s*:\s*['"](\w+)['"]""", source)
    secret = re.search(r"""AppSecret\s*=\s*b?['"](\w+)['"]""", source)
    if app_id is None or secret is None:
        raise StepFailed("the package's source does not show its app id and secret where they are expected")
    return {"appid": app_id[1], "secret": secret[1]}


def lead_cloud_names_here(port: int, hub_names: list[str]) -> None:
    """Answers the cloud's host names, and the names the server may call its hub, with 127.0.0.1 and `port`."""
    original = socket.getaddrinfo

    def resolve(host, service, *arguments, **options):
        name = host.decode() if isinstance(host, bytes) else (host or "")
        if name.endswith(".coolkit.cc") or name in hub_names:
            if int(service) != CLOUD_PORT:
                raise StepFailed(f"the client asked for {name}:{service}, not for port {CLOUD_PORT}")
            return original("127.0.0.1", port, *arguments, **options)
        raise StepFailed(f"the client asked for {name}:{service}, which is not a name of this test")

    socket.getaddrinfo = resolve


def trust(authority: str) -> None:
    """Makes requests and websocket-client check against `authority`, and keeps them from using a proxy."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "WEBSOCKET_CLIENT_CA_BUNDLE"):
        os.environ[name] = authority
    os.environ.pop("SSL_CERT_DIR", None)
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            del os.environ[name]


def find(devices: object, device_id: str) -> dict:
    if not isinstance(devices, list):
        raise StepFailed(f"the device list is not an array: {str(devices)[:300]}")
    for device in devices:
        if device.get("deviceid") == device_id:
            return device
    raise StepFailed(f"the list of {len(devices)} devices does not hold {device_id}")


def switch_and_read_back(client: object, device_id: str, state: str) -> None:
    """Switches over the WebSocket and asks the server, not the client's own memory, for the state."""
    if client.switch(state, device_id) != state:
        raise StepFailed(f"the client did not switch {device_id} {state}")
    deadline = time.monotonic() + READ_BACK_SECONDS
    while True:
        seen = find(client.get_devices(force_update=True), device_id)["params"].get("switch")
        if seen == state:
            return
        if time.monotonic() > deadline:
            raise StepFailed(f"switched {state}, but the server says {seen!r}")


def run(options: argparse.Namespace) -> None:
    password = Path(options.password_file).read_text(encoding="utf-8").removesuffix("\n")
    trust(options.ca)
    lead_cloud_names_here(options.port, options.hub_name)
    from sonoff import Sonoff  # Only now: its libraries read the environment when they are imported.

    client = Sonoff(options.email, password, options.region)
    if not client.get_bearer_token():
        raise StepFailed("the client has no token after its log-in")
    report("login", ok=True, apikey=client.get_user_apikey(), region=client.get_api_region())
    report("dispatch", ok=True, domain=client._wshost)

    devices = client.get_devices()
    device = find(devices, options.device)
    if device.get("online") is not True:
        raise StepFailed(f"{options.device} is not online")
    report("list", ok=True, devices=len(devices), name=device.get("name"), switch=device["params"].get("switch"))

    for state in ("on", "off", "on"):
        switch_and_read_back(client, options.device, state)
        report("switch", ok=True, state=state)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="drives a running server through sonoff-python")
    parser.add_argument("--print-credentials", action="store_true", help="print the package's app id and secret, and end")
    parser.add_argument("--port", type=int, help="port of the server on 127.0.0.1")
    parser.add_argument("--ca", help="certificate of the authority that signed the server's certificate")
    parser.add_argument("--email", help="account to log in with")
    parser.add_argument("--password-file", help="file that holds its password")
    parser.add_argument("--device", help="deviceid of a single-channel switch that is online")
    parser.add_argument("--region", default="eu")
    parser.add_argument("--hub-name", action="append", default=[], help="host name that dispatch may answer; repeatable")
    options = parser.parse_args()
    needed = ("port", "ca", "email", "password_file", "device")
    if not options.print_credentials and any(getattr(options, name) is None for name in needed):
        parser.error("needed: " + ", ".join("--" + name.replace("_", "-") for name in needed))
    return options


def main() -> int:
    options = parse()
    try:
        if options.print_credentials:
            print(json.dumps(read_credentials()))
        else:
            run(options)
    except Exception as error:  # Whatever the foreign client throws is a failed step, told on one line.
        report("failed", ok=False, kind=type(error).__name__, reason=str(error)[:500])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
