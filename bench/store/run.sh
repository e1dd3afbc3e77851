#!/usr/bin/env bash
# The store at scale: a generated inventory is imported and looked at, then
# every query that a page needs is timed, warm and with cold caches.
#
#   bench/store/run.sh [SITES] [ROUNDS]        default 1000000 sites, 5 rounds
#
# The store stands in $STORE_BENCH_DIR (default: ~/.cache/domaincheck-bench-store)
# and is used again while it has as many sites. Cold means: the pages of the
# file are dropped from the system's cache and the store is opened anew before
# each query. Exit 1 if the p95 of a query, cold, is over 50 ms.
set -euo pipefail
sites=${1:-1000000} rounds=${2:-5}
here=$(cd "$(dirname "$0")" && pwd)
scratch=${STORE_BENCH_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/domaincheck-bench-store}
mkdir -p "$scratch"
cd "$here/../.."
go build -o "$scratch/bench" ./bench/store
db=$scratch/$sites.db
if [[ ! -e $db.done ]]; then
	rm -f "$db" "$db-wal" "$db-shm"
	"$scratch/bench" -store "$db" -sites "$sites" generate
	touch "$db.done"
fi
"$scratch/bench" -store "$db" -sites "$sites" -rounds "$rounds" query
"$scratch/bench" -store "$db" -sites "$sites" commit
