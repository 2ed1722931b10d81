#!/usr/bin/env python3
"""Drives a running server through `ewelink`, a client of version 2 that nobody here wrote.

    ewelink_client.py --print-credentials
    ewelink_client.py --port PORT --ca FILE --email EMAIL --password-file FILE \
        --device DEVICEID --four-channel-device DEVICEID

The package asks its user for an app id and secret; these here are the driver's own. It logs in at the Chinese host first,
lists the things of the current home, switches over HTTP, and logs out when it is closed. What it reads is checked by its own
models, which want every member.

Prints one JSON object a line, one for each step. Exit codes: 0 all steps ok, 1 a step failed, 2 wrong usage.
"""

import argparse
import asyncio
import json
import sys

from cloud_names import CLOUD_PORT_OF_VERSION_2, StepFailed, expect, parse, prepare, report

CREDENTIALS = {"appid": "SYewelinkPackage0000000000000001", "secret": "SYewelinkPackageSecret0000000001"}


async def find(client: object, device_id: str) -> object:
    devices = await client.get_thing_list()
    for device in devices:
        if device.deviceid == device_id:
            return device
    raise StepFailed(f"the list of {len(devices)} things does not hold {device_id}")


async def switch(client: object, device_id: str, outlet: int | None) -> None:
    """Switches on, off and on, and reads each back from the server."""
    for state in ("on", "off", "on"):
        params = {"switch": state} if outlet is None else {"switches": [{"switch": state, "outlet": outlet}]}
        await client.update_thing_status(await find(client, device_id), params)
        seen = (await find(client, device_id)).params
        value = seen["switch"] if outlet is None else seen["switches"][outlet]["switch"]
        expect(value == state, f"switched {state}, but the server says {value!r}")
        report("switch", ok=True, outlet=outlet, state=state)


async def is_refused(app: object, email: str, password: str) -> None:
    from ewelink.ewelink import EWeLink, EWeLinkError
    from ewelink.types import EmailUserCredentials

    client = EWeLink(app, EmailUserCredentials(email=email, password=password, countryCode="+49"))
    try:
        await client.login()
        raise StepFailed("a wrong password was accepted")
    except EWeLinkError as error:
        expect(error.error == 10001 and bool(error.msg), f"a wrong password is error {error.error}")
    finally:
        await client.close()
    report("refusal", ok=True)


async def run(options: argparse.Namespace, password: str) -> None:
    # Only now: the package and its libraries read the environment when they are imported.
    from ewelink import EWeLink
    from ewelink.ewelink import EWeLinkError
    from ewelink.types import AppCredentials, EmailUserCredentials

    app = AppCredentials(id=CREDENTIALS["appid"], secret=CREDENTIALS["secret"])
    user = EmailUserCredentials(email=options.email, password=password, countryCode="+49")
    async with EWeLink(app, user) as client:
        login = await client.login()
        expect(login.region == options.region, f"the region is {login.region}")
        report("login", ok=True, region=login.region)
        for device_id in (options.device, options.four_channel_device):
            expect((await find(client, device_id)).online is True, f"{device_id} is not online")
        report("list", ok=True)
        await switch(client, options.device, None)
        await switch(client, options.four_channel_device, 2)

        await client.logout()
        client._login = login
        try:
            await client.get_thing_list()
            raise StepFailed("the token outlived its log-out")
        except EWeLinkError as error:
            expect(error.error == 401, f"a token that was logged out is error {error.error}")
        client._login = None
    report("logout", ok=True)
    await is_refused(app, options.email, password + "x")


def main() -> int:
    options = parse("drives a running server through ewelink")
    try:
        if options.print_credentials:
            print(json.dumps(CREDENTIALS))
        else:
            asyncio.run(run(options, prepare(options, CLOUD_PORT_OF_VERSION_2)))
    except Exception as error:  # Whatever the foreign client throws is a failed step, told on one line.
        report("failed", ok=False, kind=type(error).__name__, reason=str(error)[:500])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
