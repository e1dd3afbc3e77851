#!/usr/bin/env bash
# One check of one site by the command, as a person runs it: from the start of
# the process to its first query, and what it takes beyond the slowest server.
#
#   bench/single/run.sh [ROUNDS]        default 15 rounds: 40 seconds
#
# Where it may (root) it runs before other work on the machine by its niceness. (Under
# a real-time policy one run in fifteen spun for ten seconds: threads that yield to
# each other there let nothing else run.)
set -euo pipefail
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go build -o "$dir/domaincheck" ./cmd/domaincheck
go build -o "$dir/single" ./bench/single
first=()
if nice -n -19 true 2>/dev/null; then first=(nice -n -19); fi
"${first[@]}" "$dir/single" -binary "$dir/domaincheck" -rounds "${1:-15}"
