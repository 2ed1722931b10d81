#!/usr/bin/env python3
"""Runs the Autobahn cases of `kosoku` against an echo server: websocket_conformance.py --url URL

The cases of permessage-deflate (12 and 13) are left out: the extension is never negotiated, because device firmware
cannot read it. All others run, the large messages of group 9 included, so the server's message limit must be 16 MiB or
more.

Prints one JSON object: how many cases ran, how they ended, and each failed one with the reason. Exit codes: 0 none
failed, 1 some did or too few ran, 2 wrong usage.
"""

import argparse
import asyncio
import json
import os
import sys
from collections import Counter

from kosoku import FailureError, run_fuzzingclient

# Fewer than this means that a pattern or the package changed, not that the server is good.
CASES_AT_LEAST = 240


async def run(options: argparse.Namespace) -> int:
    try:
        results = await run_fuzzingclient(
            options.url, cases=options.case, exclude_cases=["12.*", "13.*"], concurrency=options.concurrency
        )
    except FailureError as failure:
        results = failure.results
    failed = [
        {"case": result.case_id, "behavior": result.behavior.value, "close": result.behavior_close.value}
        | {"reason": f"{result.result} {result.result_close}"}
        for result in results
        if not result.passed
    ]
    ended = Counter(result.behavior.value for result in results)
    print(json.dumps({"cases": len(results), "failed": len(failed), "ended": ended, "failures": failed}))
    enough = options.case is not None or len(results) >= CASES_AT_LEAST
    return 0 if results and enough and not failed else 1


def main() -> int:
    parser = argparse.ArgumentParser(description="runs the Autobahn cases against an echo server")
    parser.add_argument("--url", required=True, help="the echo route, for instance ws://127.0.0.1:9001/echo")
    parser.add_argument("--case", action="append", help="only these cases, e.g. 1.1.1 or 9.*; repeatable")
    parser.add_argument("--concurrency", type=int, default=1)
    return asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    code = main()
    # Threads of the package outlive the interpreter now and then and abort it at its end, after all is told: so the
    # process ends without that end.
    sys.stdout.flush()
    os._exit(code)
