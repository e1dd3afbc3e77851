#!/usr/bin/env bash
# A check of many sites to its end: `domaincheck check -f LEDGER` over a lab's
# sites, all stories (silent and refusing servers too), all observers.
#
#   bench/many/run.sh [SITES] [FORMAT]        default 10000 jsonl: 4 minutes
#
# Prints rows, sites a second, processor time, and the memory resident at most
# (bar: 300 MB). Needs GNU time (Debian package "time"). Exit 1 if rows are
# missing or the memory was over the bar.
set -euo pipefail
sites=${1:-10000} format=${2:-jsonl}
cd "$(dirname "$0")/../.."
dir=$(mktemp -d)
lab=
trap '[ -z "$lab" ] || kill "$lab" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
go build -o "$dir/domaincheck" ./cmd/domaincheck
"$dir/domaincheck" lab --sites "$sites" --ledger "$dir/ledger.yaml" --json >"$dir/lab.json" &
lab=$!
until [ "$(tail -n 1 "$dir/lab.json")" = "}" ]; do kill -0 "$lab"; sleep 0.2; done
mapfile -t flags < <(sed -n '/^  "flags": \[/,/^  \]/{s/^    "\(.*\)",\{0,1\}$/\1/p}' "$dir/lab.json")
began=$SECONDS
NO_COLOR=1 /usr/bin/time -o "$dir/time" -f '%M %U %S' "$dir/domaincheck" check -f "$dir/ledger.yaml" --format "$format" --browser off "${flags[@]}" >"$dir/out" || [ $? -le 3 ]
took=$((SECONDS - began))
read -r kilobytes user system < <(tail -n 1 "$dir/time")
rows=$sites
[ "$format" != jsonl ] || rows=$(wc -l <"$dir/out")
echo "$rows of $sites rows in $took s, $((sites / (took > 0 ? took : 1))) sites/s, $user s user and $system s system, $((kilobytes / 1024)) MiB resident at most"
[ "$rows" = "$sites" ] && [ $((kilobytes / 1024)) -le 286 ]
