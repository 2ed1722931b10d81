#!/usr/bin/env python3
"""Drives a running server through `sonoff-python`, a client that nobody here wrote.

    sonoff_python_client.py --print-credentials
    sonoff_python_client.py --port PORT --ca FILE --email EMAIL --password-file FILE \
        --device DEVICEID --four-channel-device DEVICEID

The package carries an app id and secret. `--print-credentials` reads them from the installed file, so that a test can
register them with the server; they are never written down here.

After `{"step":"listening"}` the driver waits until somebody else has changed both devices: the one-channel switch to off,
outlet 1 of the other to on.

Prints one JSON object a line, one for each step. Exit codes: 0 all steps ok, 1 a step failed, 2 wrong usage.
"""

import argparse
import json
import sys
import time

from cloud_names import StepFailed, expect, find_credentials, parse, prepare, report

READ_BACK_SECONDS = 10
PUSH_SECONDS = 30


def find(devices: object, device_id: str) -> dict:
    if not isinstance(devices, list):
        raise StepFailed(f"the device list is not an array: {str(devices)[:300]}")
    for device in devices:
        if device.get("deviceid") == device_id:
            return device
    raise StepFailed(f"the list of {len(devices)} devices does not hold {device_id}")


def read_back(client: object, device_id: str, outlet: int | None, state: str) -> None:
    """Asks the server, not the client's own memory, for the state."""
    deadline = time.monotonic() + READ_BACK_SECONDS
    while True:
        params = find(client.get_devices(force_update=True), device_id)["params"]
        seen = params.get("switch") if outlet is None else params["switches"][outlet]["switch"]
        if seen == state:
            return
        if time.monotonic() > deadline:
            raise StepFailed(f"switched {state}, but the server says {seen!r}")


def switch(client: object, device_id: str, outlet: int | None) -> None:
    """Switches over the WebSocket, on, off and on."""
    for state in ("on", "off", "on"):
        expect(client.switch(state, device_id, outlet) == state, f"the client did not switch {device_id} {state}")
        read_back(client, device_id, outlet, state)
        report("switch", ok=True, outlet=outlet, state=state)


def hear_pushes(client: object, options: argparse.Namespace) -> None:
    """Reads what comes over the client's own socket while others change the devices."""
    socket = client._get_ws()
    socket.settimeout(PUSH_SECONDS)
    report("listening")
    awaited = {options.device: {"switch": "off"}, options.four_channel_device: {"outlet": 1, "switch": "on"}}
    while awaited:
        message = json.loads(socket.recv())
        if message.get("action") != "update" or message.get("deviceid") not in awaited:
            continue
        params = message["params"]
        if awaited[message["deviceid"]] in [params, *params.get("switches", [])]:
            del awaited[message["deviceid"]]
            report("push", ok=True, device=message["deviceid"], params=params)
    socket.close()


def run(options: argparse.Namespace) -> None:
    password = prepare(options)
    from sonoff import Sonoff  # Only now: its libraries read the environment when they are imported.

    client = Sonoff(options.email, password, options.region)
    expect(bool(client.get_bearer_token()), "the client has no token after its log-in")
    report("login", ok=True, apikey=client.get_user_apikey(), region=client.get_api_region())
    report("dispatch", ok=True, domain=client._wshost)

    devices = client.get_devices()
    for device_id in (options.device, options.four_channel_device):
        expect(find(devices, device_id).get("online") is True, f"{device_id} is not online")
    report("list", ok=True, names=[device.get("name") for device in devices])

    switch(client, options.device, None)
    switch(client, options.four_channel_device, 2)
    hear_pushes(client, options)


def main() -> int:
    options = parse("drives a running server through sonoff-python")
    try:
        if options.print_credentials:
            app_id, secret = r"""['"]appid['"]\s*:\s*['"](\w+)['"]""", r"""AppSecret\s*=\s*b?['"](\w+)['"]"""
            print(json.dumps(find_credentials("sonoff", "sonoff.py", app_id, secret)))
        else:
            run(options)
    except Exception as error:  # Whatever the foreign client throws is a failed step, told on one line.
        report("failed", ok=False, kind=type(error).__name__, reason=str(error)[:500])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
