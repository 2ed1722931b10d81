#!/usr/bin/env python3
"""Drives a running server through `coolkit-client-phoenix`, another client that nobody here wrote.

    coolkit_phoenix_client.py --print-credentials
    coolkit_phoenix_client.py --port PORT --ca FILE --email EMAIL --password-file FILE \
        --device DEVICEID --four-channel-device DEVICEID

It is an asyncio client on aiohttp and websockets, with a socket that stays open. Its app id and secret are read from the
installed file (`--print-credentials`) and never written down here.

After `{"step":"listening"}` the driver waits until somebody else has changed both devices: the one-channel switch to off,
outlet 1 of the other to on.

Prints one JSON object a line, one for each step. Exit codes: 0 all steps ok, 1 a step failed, 2 wrong usage.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile

from cloud_names import expect, find_credentials, parse, prepare, report

PUSH_SECONDS = 30


async def switch(device: object, outlet: int) -> None:
    """Switches on, off and on; that it arrived is seen at the device, as the client reads no answers."""
    for state in (True, False, True):
        await device.switches[outlet].set_state(state)
        report("switch", ok=True, outlet=outlet, state="on" if state else "off")


def pushes_of(device: object, outlet: int) -> asyncio.Queue:
    """The states that the client tells its user of this outlet from now on."""
    states: asyncio.Queue = asyncio.Queue()

    async def heard(_: object, state: bool) -> None:
        states.put_nowait(state)

    device.switches[outlet].add_state_callback("driver", heard)
    return states


async def hear_push(states: asyncio.Queue, device: object, outlet: int, expected: bool) -> None:
    state = await asyncio.wait_for(states.get(), PUSH_SECONDS)
    expect(state is expected, f"{device.device_id} was said to be {state}")
    report("push", ok=True, device=device.device_id, outlet=outlet, state=state)


async def run(options: argparse.Namespace, password: str) -> None:
    # Only now: the package and its libraries read the environment when they are imported.
    from coolkit_client import CoolkitDeviceControl, CoolkitDevicesDiscovery, CoolkitDevicesRepository, CoolkitSession

    expect(await CoolkitSession.login(options.email, password, options.region), "the client could not log in")
    report("login", ok=True, apikey=CoolkitSession.get_user_api_key())
    report("dispatch", ok=True, address=CoolkitSession.get_ws_endpoint())

    expect(await CoolkitDevicesDiscovery.discover(), "the client could not read the device list")
    single = CoolkitDevicesRepository.get_device(options.device)
    four = CoolkitDevicesRepository.get_device(options.four_channel_device)
    for device, channels in ((single, 1), (four, 4)):
        expect(device is not None and device.is_online is True, f"not listed or not online: {device}")
        expect(len(device.switches) == channels, f"{device} has {len(device.switches)} channels, not {channels}")
    report("list", ok=True, names=[device.name for device in CoolkitDevicesRepository.get_devices().values()])

    expect(await CoolkitDeviceControl.connect(), "the client could not open its socket")
    CoolkitDeviceControl.start_daemon()
    await switch(single, 0)
    await switch(four, 2)

    of_single, of_four = pushes_of(single, 0), pushes_of(four, 1)
    report("listening")
    await hear_push(of_single, single, 0, False)
    await hear_push(of_four, four, 1, True)


def main() -> int:
    options = parse("drives a running server through coolkit-client-phoenix")
    try:
        if options.print_credentials:
            app_id, secret = r"""APP_ID[^=]*=\s*['"](\w+)['"]""", r"""APP_SECRET[^=]*=\s*b?['"](\w+)['"]"""
            print(json.dumps(find_credentials("coolkit_client", "const.py", app_id, secret)))
        else:
            password = prepare(options)
            with tempfile.TemporaryDirectory() as folder:
                os.chdir(folder)  # The package writes its log to where it is.
                # Not `asyncio.run`: the package's listening task takes a cancellation for a lost connection and goes on.
                asyncio.new_event_loop().run_until_complete(run(options, password))
    except Exception as error:  # Whatever the foreign client throws is a failed step, told on one line.
        report("failed", ok=False, kind=type(error).__name__, reason=str(error)[:500])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
