#!/usr/bin/env bash
# Pages looked at per second: sitecheck's public API against a bare net/http
# fetch that discards the body and against a goquery pipeline, a 20 KB page from
# nginx over loopback, a new connection each, http and https apart, all in one
# run on one machine.
#
#   bench/pages/run.sh [PAGES] [ROUNDS]        default 20000 pages, 5 rounds
#
# Needs nginx (a Debian package) and, the first time, the Go module proxy for
# goquery, which is built in a scratch module outside ours, in PAGES_BENCH_DIR
# or a folder of the system's temporary ones. Rounds alternate;
# the median counts. Exit 1 if ours is under 60 % of the bare fetch, under 2.5
# times goquery, or the parser alone under 100 MB/s on one core.
set -euo pipefail
pages=${1:-20000} rounds=${2:-5}
here=$(cd "$(dirname "$0")" && pwd)
# A folder that the server's worker, who is another user, can read.
scratch=${PAGES_BENCH_DIR:-${TMPDIR:-/tmp}/domaincheck-bench-pages-$(id -u)}
umask 022
mkdir -p "$scratch/peer" "$scratch/site"

cp "$here/peer/main.go" "$scratch/peer/main.go"
if [[ ! -x $scratch/peer/peer || $here/peer/main.go -nt $scratch/peer/peer ]]; then
	cd "$scratch/peer"
	printf 'module peer\n\ngo 1.26.0\n\nrequire github.com/PuerkitoBio/goquery v1.10.3\n' > go.mod
	go build -mod=mod -o peer main.go
fi
cd "$here/../.."
go build -o "$scratch/pages" ./bench/pages
s=$scratch/site
"$scratch/pages" -site "$s"
nginx=$(command -v nginx || echo /usr/sbin/nginx)
"$nginx" -e "$s/error.log" -c "$s/nginx.conf" &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
for _ in $(seq 50); do
	kill -0 $server 2>/dev/null || { cat "$s/error.log" >&2; exit 1; }
	[[ -s $s/nginx.pid ]] && "$scratch/pages" -mode bare -scheme https -to 127.0.0.1:18443 -roots "$s/ca.pem" -n 1 > /dev/null 2>&1 && break
	sleep 0.1
done

declare -A rates
for _ in $(seq "$rounds"); do
	for scheme in http https; do
		to=127.0.0.1:18480
		[[ $scheme == https ]] && to=127.0.0.1:18443
		for mode in bare ours; do
			rates[$scheme-$mode]+="$("$scratch/pages" -mode $mode -scheme $scheme -to $to -roots "$s/ca.pem" -n "$pages") "
		done
		rates[$scheme-goquery]+="$("$scratch/peer/peer" -scheme $scheme -to $to -roots "$s/ca.pem" -n $((pages / 4))) "
	done
	rates[finder]+="$(GOMAXPROCS=1 "$scratch/pages" -mode finder) "
done
median() { tr ' ' '\n' <<< "$1" | grep . | sort -n | awk '{v[NR]=$1} END {print v[int((NR+1)/2)]}'; }
status=0
echo "pages/s, medians of $rounds rounds of $pages pages, $(nproc) cores"
for scheme in http https; do
	bare=$(median "${rates[$scheme-bare]}") ours=$(median "${rates[$scheme-ours]}") goquery=$(median "${rates[$scheme-goquery]}")
	awk -v s=$scheme -v b="$bare" -v o="$ours" -v g="$goquery" 'BEGIN {
		printf "%-5s bare %6d  ours %6d  goquery %6d  ours/bare %.2f  ours/goquery %.2f\n", s, b, o, g, o / b, o / g
		exit !(o >= 0.6 * b && o >= 2.5 * g) }' || status=1
done
finder=$(median "${rates[finder]}")
echo "parser alone: $finder MB/s on one core"
[[ $finder -ge 100 ]] || status=1
exit $status
