#!/usr/bin/env bash
# Whole looks at sites as the daemon does them (claim, DNS, home page, judgement,
# commit) against the ceiling that the same machine sets in the same run: the
# time that bare queries, a bare fetch and a bare commit for one site take,
# added up. http and https apart.
#
#   bench/check/run.sh [SITES] [ROUNDS]        default 3000 sites, 5 rounds
#
# Needs nsd, dnsperf and nginx (Debian packages). Exit 1 if less than 60 % of the
# ceiling is reached.
set -euo pipefail
sites=${1:-3000} rounds=${2:-5}
root=$(cd "$(dirname "$0")/../.." && pwd)
# A folder that the web server's worker, who is another user, can read.
dir=$(mktemp -d)
chmod 755 "$dir"
servers=()
trap 'kill "${servers[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
cd "$root"
go build -o "$dir/check" ./bench/check
go build -o "$dir/pages" ./bench/pages
go test -c -o "$dir/store.test" ./store

mkdir "$dir/zones" "$dir/site"
"$dir/check" -world "$dir/zones" -sites "$sites" -port 5397
"$dir/pages" -site "$dir/site"
sed -i 's/127.0.0.1:184/127.0.0.1:284/' "$dir/site/nginx.conf" # beside a run of bench/pages
nsd=$(command -v nsd || echo /usr/sbin/nsd) nginx=$(command -v nginx || echo /usr/sbin/nginx)
"$nsd" -d -c "$dir/zones/nsd.conf" >"$dir/nsd.out" 2>&1 &
servers+=($!)
"$nginx" -e "$dir/site/error.log" -c "$dir/site/nginx.conf" &
servers+=($!)
head -1 "$dir/zones/queries" >"$dir/first"
until dnsperf -s 127.0.0.1 -p 5397 -d "$dir/first" -n 1 -t 1 2>/dev/null | grep -q 'NOERROR 1'; do
	kill -0 "${servers[0]}" || { cat "$dir/nsd.out" "$dir/zones/nsd.log" >&2; exit 1; }
done
until [ -s "$dir/site/nginx.pid" ]; do
	kill -0 "${servers[1]}" || { cat "$dir/site/error.log" >&2; exit 1; }
	sleep 0.1
done

pages() { "$dir/pages" -mode bare -scheme "$1" -to "$2" -roots "$dir/site/ca.pem" -n 8000; }
dns=$(dnsperf -s 127.0.0.1 -p 5397 -d "$dir/zones/queries" -n $((120000 / sites + 1)) -c 4 -T 1 -q 400 2>/dev/null | awk '/Queries per second/ {printf "%d", $4}')
commit=$(cd store && "$dir/store.test" -test.run '^$' -test.bench 'Commit/unchanged' -test.benchtime 3s | awk '/commits\/s/ {for (i = 2; i <= NF; i++) if ($i == "commits/s") print int($(i - 1))}')
status=0
echo "bare: $dns queries/s, $commit commits/s"
for scheme in http https; do
	to=127.0.0.1:28480
	[ $scheme = https ] && to=127.0.0.1:28443
	get=$(pages $scheme $to)
	"$dir/check" -sites "$sites" -rounds "$rounds" -scheme $scheme -resolver 127.0.0.1:5397 -to $to -roots "$dir/site/ca.pem" ${PROFILE:+-cpuprofile "$PROFILE.$scheme"} >"$dir/out" 2>"$dir/err" || { cat "$dir/err" >&2; exit 1; }
	python3 - "$dir/out" "$dns" "$get" "$commit" $scheme <<'PY' || status=1
import json, sys
f = json.load(open(sys.argv[1]))
dns, get, commit = map(float, sys.argv[2:5])
ceiling = 1 / (f["queries_per_site"] / dns + f["connections_per_site"] / get + 1 / commit)
print("%-5s %.1f queries and %.1f connections a site, bare %d fetches/s: ceiling %d sites/s, whole looks %d sites/s, %.2f of it"
      % (sys.argv[5], f["queries_per_site"], f["connections_per_site"], get, ceiling, f["sites_per_second"], f["sites_per_second"] / ceiling))
sys.exit(f["sites_per_second"] < 0.6 * ceiling)
PY
done
exit $status
