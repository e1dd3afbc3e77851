#!/usr/bin/env bash
# Names resolved per second: dnscheck's public API against zdns v1.1.0 and
# dnsx v1.2.2, on NSD over loopback, all in one run on one machine.
#
#   bench/dns/run.sh [NAMES] [ROUNDS]        default 50000 names, 5 rounds
#
# Needs nsd and dnsperf (Debian packages) and, the first time, the Go module
# proxy for the two peers, which are built in a scratch module outside ours.
# Every tool gets the two resolvers, retries and the names in one file, writes a
# JSON row per name, and is timed as a whole process, start included. Rounds
# alternate; the median counts. For the peers the better of two numbers of
# threads is taken. Exit 1 if a row is missing or wrong, or the ratio is under 1.5.
set -euo pipefail
names=${1:-50000} rounds=${2:-5}
here=$(cd "$(dirname "$0")" && pwd)
scratch=${DNS_BENCH_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/domaincheck-bench-dns}
port=5399 second=5398
mkdir -p "$scratch/peers" "$scratch/zone"

if [[ ! -x $scratch/peers/zdns || ! -x $scratch/peers/dnsx ]]; then
	cd "$scratch/peers"
	printf 'module peers\n\ngo 1.26.0\n\nrequire (\n\tgithub.com/zmap/zdns v1.1.0\n\tgithub.com/projectdiscovery/dnsx v1.2.2\n)\n' > go.mod
	printf 'package peers\n' > peers.go
	go build -mod=mod -o zdns github.com/zmap/zdns
	go build -mod=mod -o dnsx github.com/projectdiscovery/dnsx/cmd/dnsx
fi
cd "$here/../.."
go build -o "$scratch/ours" ./bench/dns
z=$scratch/zone
"$scratch/ours" -zone "$z" -names "$names" -port $port -second-port $second
nsd=$(command -v nsd || echo /usr/sbin/nsd)
"$nsd" -d -c "$z/nsd.conf" > "$z/nsd.out" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true' EXIT
head -1 "$z/queries" > "$z/first"
for _ in $(seq 50); do
	dnsperf -s 127.0.0.1 -p $port -d "$z/first" -n 1 -t 1 2>/dev/null | grep -q 'NOERROR 1' && break
	kill -0 $server 2>/dev/null || { cat "$z/nsd.out" "$z/nsd.log" >&2; exit 1; }
done

a=127.0.0.1:$port b=127.0.0.1:$second
ours() { "$scratch/ours" -names-file "$z/names" -truth "$z/truth" -out "$z/ours.json" -resolver $a -resolver $b ${1:+-workers "$1"} > "$z/ours.said"; }
zdns() { "$scratch/peers/zdns" A --name-servers=$a,$b --retries 2 --threads "$1" --result-verbosity short --input-file "$z/names" --output-file "$z/zdns.json" > /dev/null 2> "$z/zdns.err"; }
dnsx() { "$scratch/peers/dnsx" -l "$z/names" -a -r $a,$b -retry 3 -t "$1" -json -omit-raw -silent -o "$z/dnsx.json" > /dev/null 2> "$z/dnsx.err"; }
declare -A rates
lap() { # label, command…
	local label=$1 from to
	shift
	rm -f "$z"/*.json
	from=$(date +%s%N)
	"$@"
	to=$(date +%s%N)
	rates[$label]+="$((names * 1000000000 / (to - from))) "
}
rows() { # the peers' rows are counted too: right address, once
	local got
	got=$(grep -oE '"(name|host)":"n[0-9]+\.bench\.example"' "$2" | sort -u | wc -l)
	[[ $got == "$names" ]] || echo "note: $1 gave $got rows for $names names"
}
for _ in $(seq "$rounds"); do
	lap ours ours
	lap zdns-1000 zdns 1000
	lap dnsx-100 dnsx 100
	rows dnsx "$z/dnsx.json"
	lap zdns-200 zdns 200
	rows zdns "$z/zdns.json"
	lap dnsx-400 dnsx 400
	rows dnsx "$z/dnsx.json"
done
median() { tr ' ' '\n' <<< "${rates[$1]}" | grep . | sort -n | sed -n "$(((rounds + 1) / 2))p"; }
best=0
printf '%-10s %10s   %s\n' tool names/s rounds
for label in ours zdns-1000 zdns-200 dnsx-100 dnsx-400; do
	m=$(median $label)
	printf '%-10s %10d   %s\n' $label "$m" "${rates[$label]}"
	[[ $label == ours ]] || best=$((m > best ? m : best))
done
ceiling=$(dnsperf -s 127.0.0.1 -p $port -d "$z/queries" -n 4 -c 4 -T 1 -q 400 2>/dev/null | awk '/Queries per second/ {printf "%d", $4}')
ratio=$(awk -v o="$(median ours)" -v p=$best 'BEGIN {printf "%.2f", o / p}')
echo "dnsperf ceiling: $ceiling queries/s"
echo "ours / better peer: $ratio"
awk -v r="$ratio" 'BEGIN {exit !(r >= 1.5)}' || { echo "under the bar of 1.5" >&2; exit 1; }
