#!/usr/bin/env bash
# The dashboard at scale: every page over a store of a million generated sites,
# warm and with cold caches; prints p50 and p95 of each address and ends with
# status 1 if the p95 of one, cold, is over 100 ms.
#
#   bench/web/run.sh [SITES] [ROUNDS]        default 1000000 sites, 5 rounds
#
# The store is the one of bench/store/run.sh ($STORE_BENCH_DIR), made if it is
# not there. Cold means: the pages of its file are dropped from the system's
# cache and the store is opened anew before each reading.
set -euo pipefail
sites=${1:-1000000} rounds=${2:-5}
here=$(cd "$(dirname "$0")" && pwd)
scratch=${STORE_BENCH_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/domaincheck-bench-store}
mkdir -p "$scratch"
cd "$here/../.."
db=$scratch/$sites.db
if [[ ! -e $db.done ]]; then
	go build -o "$scratch/bench" ./bench/store
	rm -f "$db" "$db-wal" "$db-shm"
	"$scratch/bench" -store "$db" -sites "$sites" generate
	touch "$db.done"
fi
go build -o "$scratch/web" ./bench/web
"$scratch/web" -store "$db" -rounds "$rounds"
