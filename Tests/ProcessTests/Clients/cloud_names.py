"""What the drivers of foreign clients share: their cloud's names lead to a server on 127.0.0.1, and they trust its authority.

The clients of version 1 talk to `{region}-api.coolkit.cc:8080`, `{region}-disp.coolkit.cc:8080` and to port 8080 of whatever
host dispatch names, those of version 2 to port 443 of `{region}-apia.coolkit.cc` and, in China, `cn-apia.coolkit.cn`. Inside
the driver's process, and only there, these names resolve to 127.0.0.1 and the given port.
Certificates are checked as the client and its libraries do it: against the server's own authority and by host name.
"""

import argparse
import importlib.util
import json
import os
import re
import socket
from pathlib import Path

CLOUD_PORT = 8080
CLOUD_PORT_OF_VERSION_2 = 443
CLOUD_DOMAINS = (".coolkit.cc", ".coolkit.cn")


class StepFailed(Exception):
    """A step did not end as it must; its text says what was seen."""


def report(step: str, **facts: object) -> None:
    print(json.dumps({"step": step, **facts}), flush=True)


def expect(condition: bool, text: str) -> None:
    if not condition:
        raise StepFailed(text)


def find_credentials(package: str, file: str, app_id: str, secret: str) -> dict:
    """Finds the app id and secret in the source of an installed package, by two patterns."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise StepFailed(f"{package} is not installed in this environment")
    source = Path(spec.origin).with_name(file).read_text(encoding="utf-8")
    found = re.search(app_id, source), re.search(secret, source)
    if None in found:
        raise StepFailed("the package's source does not show its app id and secret where they are expected")
    return {"appid": found[0][1], "secret": found[1][1]}


def lead_cloud_names_here(port: int, hub_names: list[str], cloud_port: int) -> None:
    """Answers the cloud's host names, and the names the server may call its hub, with 127.0.0.1 and `port`."""
    original = socket.getaddrinfo

    def resolve(host, service, *arguments, **options):
        name = host.decode() if isinstance(host, bytes) else (host or "")
        if name.endswith(CLOUD_DOMAINS) or name in hub_names:
            if int(service) != cloud_port:
                raise StepFailed(f"the client asked for {name}:{service}, not for port {cloud_port}")
            return original("127.0.0.1", port, *arguments, **options)
        raise StepFailed(f"the client asked for {name}:{service}, which is not a name of this test")

    socket.getaddrinfo = resolve


def trust(authority: str) -> None:
    """Makes the libraries of a client check against `authority`, and keeps them from using a proxy."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "WEBSOCKET_CLIENT_CA_BUNDLE"):
        os.environ[name] = authority
    os.environ.pop("SSL_CERT_DIR", None)
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            del os.environ[name]


def parse(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--print-credentials", action="store_true", help="print the package's app id and secret, and end")
    parser.add_argument("--port", type=int, help="port of the server on 127.0.0.1")
    parser.add_argument("--ca", help="certificate of the authority that signed the server's certificate")
    parser.add_argument("--email", help="account to log in with")
    parser.add_argument("--password-file", help="file that holds its password")
    parser.add_argument("--device", help="deviceid of a one-channel switch that is online")
    parser.add_argument("--four-channel-device", help="deviceid of a four-channel switch that is online")
    parser.add_argument("--region", default="eu")
    parser.add_argument("--hub-name", action="append", default=[], help="host name that dispatch may answer; repeatable")
    options = parser.parse_args()
    needed = ("port", "ca", "email", "password_file", "device", "four_channel_device")
    if not options.print_credentials and any(getattr(options, name) is None for name in needed):
        parser.error("needed: " + ", ".join("--" + name.replace("_", "-") for name in needed))
    return options


def prepare(options: argparse.Namespace, cloud_port: int = CLOUD_PORT) -> str:
    """Leads the client to the server and returns the account's password; comes before the client is imported."""
    trust(options.ca)
    lead_cloud_names_here(options.port, options.hub_name, cloud_port)
    return Path(options.password_file).read_text(encoding="utf-8").removesuffix("\n")
