#!/usr/bin/env bash
# Whole looks at sites as the daemon does them (claim, DNS, home page, judgement,
# commit) against the ceiling that the same machine sets in the same run: the
# time that the bare pieces of one site take, added up. These are as many DNS
# queries as a look makes (the same names and types, by dnsperf), a fetch or a
# handshake for each connection that it opens, and a commit of the report that it
# brings; each is measured once a round, in turn with whole looks, with all
# processors. http and https apart.
#
#   bench/check/run.sh [SITES] [ROUNDS]        default 3000 sites, 7 rounds: 2 minutes
#
#   AMONG=1000,10000,100000 bench/check/run.sh    what a look costs in stores of so many sites
#
# Medians are printed, once by the clock and once by processor time (of who asks
# and who answers together), which other work on the machine disturbs less.
# PROFILE=FILE does nothing but whole looks and writes a CPU profile of them, and to
# FILE.heap what they allocate. COUNT is how many bare fetches are made. Needs nsd, dnsperf and nginx (Debian
# packages). Exit 1 if less than 60 % of the ceiling is reached.
set -euo pipefail
sites=${1:-3000} rounds=${2:-7}
root=$(cd "$(dirname "$0")/../.." && pwd)
# A folder that the web server's worker, who is another user, can read.
dir=$(mktemp -d)
chmod 755 "$dir"
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$root"
go build -o "$dir/check" ./bench/check
go build -o "$dir/pages" ./bench/pages

mkdir "$dir/zones" "$dir/site"
"$dir/check" -world "$dir/zones" -sites "$sites" -port 5397
"$dir/pages" -site "$dir/site"
sed -i 's/127.0.0.1:184/127.0.0.1:284/' "$dir/site/nginx.conf" # beside a run of bench/pages
nsd=$(command -v nsd || echo /usr/sbin/nsd) nginx=$(command -v nginx || echo /usr/sbin/nginx)
"$nsd" -d -c "$dir/zones/nsd.conf" >"$dir/nsd.out" 2>&1 &
servers+=($!)
"$nginx" -e "$dir/site/error.log" -c "$dir/site/nginx.conf" &
servers+=($!)
until dnsperf -s 127.0.0.1 -p 5397 -d "$dir/zones/first" -n 1 -t 1 2>/dev/null | grep -q 'NOERROR 1'; do
	kill -0 "${servers[0]}" || { cat "$dir/nsd.out" "$dir/zones/nsd.log" >&2; exit 1; }
done
until [ -s "$dir/site/nginx.pid" ]; do
	kill -0 "${servers[1]}" || { cat "$dir/site/error.log" >&2; exit 1; }
	sleep 0.1
done
"$dir/check" -sites "$sites" -rounds "$rounds" -resolver 127.0.0.1:5397 -http 127.0.0.1:28480 -https 127.0.0.1:28443 \
	-n "${COUNT:-4000}" -roots "$dir/site/ca.pem" -servers "${servers[0]},${servers[1]}" ${AMONG:+-among "$AMONG"} ${PROFILE:+-cpuprofile "$PROFILE"}
