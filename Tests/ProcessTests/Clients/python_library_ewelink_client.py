#!/usr/bin/env python3
"""Drives a running server through `python-library-ewelink`, another client of version 2 that nobody here wrote.

    python_library_ewelink_client.py --print-credentials
    python_library_ewelink_client.py --port PORT --ca FILE --email EMAIL --password-file FILE \
        --device DEVICEID --four-channel-device DEVICEID

Its requests are those of SonoffLAN: log-in at the host of the country, all things at once, one thing by its id, status over
HTTP. Its app id and secret are read from the installed file (`--print-credentials`) and never written down here.

Prints one JSON object a line, one for each step. Exit codes: 0 all steps ok, 1 a step failed, 2 wrong usage.
"""

import argparse
import json
import sys

from cloud_names import CLOUD_PORT_OF_VERSION_2, StepFailed, expect, find_credentials, parse, prepare, report


def switch(client: object, device_id: str, outlet: int | None) -> None:
    """Switches on, off and on, and reads each back from the server."""
    for state in ("on", "off", "on"):
        if outlet is None:
            client.set_switch(device_id, state)
        else:
            client.set_outlet(device_id, outlet, state)
        params = client.get_device(device_id)["params"]
        seen = params["switch"] if outlet is None else params["switches"][outlet]["switch"]
        expect(seen == state, f"switched {state}, but the server says {seen!r}")
        report("switch", ok=True, outlet=outlet, state=state)


def run(options: argparse.Namespace) -> None:
    password = prepare(options, CLOUD_PORT_OF_VERSION_2)
    # Only now: the package and its libraries read the environment when they are imported.
    from ewelink import EWeLinkAPIError, EWeLinkAuthError, SyncEWeLinkClient

    with SyncEWeLinkClient(options.email, password, "+49") as client:
        devices = {device["deviceid"]: device for device in client.get_devices()}
        report("login", ok=True)
        for device_id in (options.device, options.four_channel_device):
            expect(devices[device_id]["online"] is True, f"{device_id} is not online")
        home = devices[options.device]["family"]["familyid"]
        expect(len(client.get_devices(home)) == len(devices), "the home does not hold all devices")
        report("list", ok=True, names=[device["name"] for device in devices.values()])

        switch(client, options.device, None)
        switch(client, options.four_channel_device, 2)

        expect(client.get_device("1000ffffff") is None, "an unknown device was found")
        try:
            client.set_switch("1000ffffff", "on")
            raise StepFailed("an unknown device was switched")
        except EWeLinkAPIError:
            report("unknown device", ok=True)

    with SyncEWeLinkClient(options.email, password + "x", "+49") as client:
        try:
            client.get_devices()
            raise StepFailed("a wrong password was accepted")
        except EWeLinkAuthError as error:
            expect("10001" in str(error), str(error))
            report("refusal", ok=True)


def main() -> int:
    options = parse("drives a running server through python-library-ewelink")
    try:
        if options.print_credentials:
            app_id, secret = r"""APP_ID\s*=\s*['"](\w+)['"]""", r"""_APP_SECRET\s*=\s*['"](\w+)['"]"""
            print(json.dumps(find_credentials("ewelink", "auth.py", app_id, secret)))
        else:
            run(options)
    except Exception as error:  # Whatever the foreign client throws is a failed step, told on one line.
        report("failed", ok=False, kind=type(error).__name__, reason=str(error)[:500])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
