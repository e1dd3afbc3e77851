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
#
# The second table is for a machine that others use too: the processor time of a
# page, in microseconds, of the client and of nginx, the least of the rounds. On
# full cores, rates are to each other as the sums of both, which is the ratio it
# prints; it judges nothing.
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

# The processor time of nginx so far, in clock ticks.
served() { cat /proc/"$server"/stat $(sed 's#[0-9]\+#/proc/&/stat#g' < "/proc/$server/task/$server/children") | awk '{t += $14 + $15} END {print t}'; }
tick=$((1000000 / $(getconf CLK_TCK)))
declare -A rates costs serving
# measure KEY COMMAND…: its rate to rates, its processor time to costs.
measure() {
	local key=$1 before line; shift
	before=$(served)
	line=$("$@")
	rates[$key]+="${line%% *} "
	[[ $line == *' '* ]] || return 0
	costs[$key]+="${line##* } "
	serving[$key]+="$((($(served) - before) * tick / pages)) "
}
for _ in $(seq "$rounds"); do
	for scheme in http https; do
		to=127.0.0.1:18480
		[[ $scheme == https ]] && to=127.0.0.1:18443
		for mode in bare ours; do
			measure $scheme-$mode "$scratch/pages" -mode $mode -scheme $scheme -to $to -roots "$s/ca.pem" -n "$pages"
		done
		measure $scheme-goquery "$scratch/peer/peer" -scheme $scheme -to $to -roots "$s/ca.pem" -n $((pages / 4))
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
least() { tr ' ' '\n' <<< "$1" | grep . | sort -n | head -1; }
for scheme in http https; do
	awk -v s=$scheme -v b="$(least "${costs[$scheme-bare]}")" -v o="$(least "${costs[$scheme-ours]}")" -v n="$(median "${serving[$scheme-bare]} ${serving[$scheme-ours]}")" 'BEGIN {
		printf "%-5s processor time a page: bare %.0f us, ours %.0f us, nginx %.0f us: ours/bare %.2f\n", s, b, o, n, (b + n) / (o + n) }'
done
finder=$(median "${rates[finder]}")
echo "parser alone: $finder MB/s on one core"
[[ $finder -ge 100 ]] || status=1
exit $status
