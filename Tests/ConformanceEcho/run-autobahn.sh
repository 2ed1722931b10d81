#!/usr/bin/env bash
# Runs the Autobahn test suite's cases against our WebSocket layer.
#
#   Tests/ConformanceEcho/run-autobahn.sh [path of a built ConformanceEcho]
#
# kosoku drives Autobahn's own case files. Left out are 12.* and 13.*, which test permessage-deflate: it is never
# negotiated. Prints the number of cases passed; ends with an error if any failed.
set -euo pipefail

cd "$(dirname "$0")/../.."
echo_server=${1:-}
if [ -z "$echo_server" ]; then
    swift build --product ConformanceEcho
    echo_server=$(swift build --show-bin-path)/ConformanceEcho
fi

work=$(mktemp -d)
server=
finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT

python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check kosoku==0.1.0

"$echo_server" --port 0 >"$work/server.log" 2>&1 &
server=$!
address=
for _ in $(seq 100); do
    address=$(sed -n 's/^listening on //p' "$work/server.log")
    [ -n "$address" ] && break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
done
if [ -z "$address" ]; then
    echo "ConformanceEcho did not start:" >&2
    cat "$work/server.log" >&2
    exit 1
fi

timeout 600 "$work/venv/bin/kosoku" --parallelism 2 --exclude '12.*' --exclude '13.*' --outdir "$work/report" "$address"
