#!/usr/bin/env python3
"""Tries the HTTP contract on a running server with schemathesis: examples, edges, made-up requests, sequences.

    contract_check.py --contract openapi/coolkit-vN.yaml --port PORT --ca FILE --appid ID --secret-file FILE \
        --email EMAIL --password-file FILE --admin-socket FILE [--value NAME=VALUE]... [--may-fail OPERATION]... [--examples N]

What is checked, and how numbers in `error` are read as statuses, is in `contract_hooks.py`. The server has to hold
what the contract's examples name; `--value` adds further values of the same kind, such as another account's device.
Requests follow from the contract and the version of the packages, so a failure comes again.

Prints one JSON object: for each operation how often it answered which `error`. On standard error, if something was
found, what schemathesis says of it. Exit codes: 0 nothing found and every operation, but those that may fail, succeeded
at least once, 1 otherwise, 2 wrong usage.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from contract_schema import STATUS_OF_ERROR

HERE = Path(__file__).resolve().parent

# Those that read the HTTP status in a way that numbers in a body cannot be mapped to; `contract_hooks.py` has the same
# questions asked of the body. The last one asks what the project's own tests of rights ask.
REPLACED_CHECKS = [
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "ignored_auth",
    "allow_header_conformance",
    "object_level_authorization",
]

# Valid requests may be refused for any reason but their form.
REFUSALS = [401, 402, 403, 404, 405, 406, 407, 409, 415, 429, 498, *STATUS_OF_ERROR.values()]
CONFIGURATION = f"""
[checks.positive_data_acceptance]
expected-statuses = {json.dumps(["2xx", "3xx", *map(str, sorted(set(REFUSALS)))])}
"""


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="tries the HTTP contract on a running server")
    parser.add_argument("--contract", required=True, help="the OpenAPI file")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca", required=True, help="certificate of the authority that signed the server's certificate")
    parser.add_argument("--appid", required=True)
    parser.add_argument("--secret-file", required=True)
    parser.add_argument("--email", required=True, help="the account that calls are made for")
    parser.add_argument("--password-file", required=True)
    parser.add_argument("--admin-socket", required=True, help="where verification codes are read that are not sent")
    parser.add_argument("--value", action="append", default=[], metavar="NAME=VALUE", help="a value to try; repeatable")
    parser.add_argument("--may-fail", action="append", default=[], metavar="OPERATION", help="need not succeed; repeatable")
    parser.add_argument("--examples", type=int, default=20, help="made-up requests an operation")
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    return parser.parse_args()


def read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8").removesuffix("\n")


def world(options: argparse.Namespace) -> dict:
    values: dict[str, list[str]] = {}
    for pair in options.value:
        name, _, value = pair.partition("=")
        values.setdefault(name, []).append(value)
    return {
        "port": options.port,
        "ca": os.path.abspath(options.ca),
        "appid": options.appid,
        "secret": read(options.secret_file),
        "email": options.email,
        "password": read(options.password_file),
        "admin socket": os.path.abspath(options.admin_socket),
        "values": values,
    }


def run_schemathesis(options: argparse.Namespace, folder: Path) -> subprocess.CompletedProcess:
    (folder / "world.json").write_text(json.dumps(world(options)), encoding="utf-8")
    (folder / "schemathesis.toml").write_text(CONFIGURATION, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment |= {
        "CONTRACT_WORLD": str(folder / "world.json"),
        "CONTRACT_SEEN": str(folder / "seen.json"),
        "SCHEMATHESIS_HOOKS": "contract_hooks",
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    arguments = ["--config-file", str(folder / "schemathesis.toml"), "run", os.path.abspath(options.contract)]
    arguments += ["--url", f"https://localhost:{options.port}", "--tls-verify", os.path.abspath(options.ca)]
    arguments += ["--generation-deterministic", "--max-examples", str(options.examples), "--phases", options.phases]
    arguments += ["--checks", "all", "--exclude-checks", ",".join(REPLACED_CHECKS)]
    arguments += ["--continue-on-failure", "--no-color", "--exclude-path-regex", "^/oauth/"]
    command = [sys.executable, "-m", "schemathesis.cli", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def main() -> int:
    options = parse()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        finished = run_schemathesis(options, folder)
        seen_file = folder / "seen.json"
        seen = json.loads(seen_file.read_text(encoding="utf-8")) if seen_file.exists() else {}
    failed = sorted(
        label for label, answers in seen.items() if "0" not in answers and label not in options.may_fail
    )
    print(json.dumps({"found": finished.returncode != 0, "never succeeded": failed, "answers": seen}))
    if finished.returncode != 0:
        print(finished.stdout[-20_000:], finished.stderr[-5_000:], file=sys.stderr)
    return 0 if finished.returncode == 0 and seen and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
