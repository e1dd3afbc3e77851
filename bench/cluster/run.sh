#!/bin/bash
# How much more do more nodes look at? A lab behind relays that hold every answer
# up for TRIP (50ms), a private PostgreSQL, and 1, 2 and 4 nodes ("domaincheck serve") in turn,
# all on this machine, that always have something due. Prints the looks a second
# of each, the ratio to so many times one node, and the processor time that a look
# took, of the nodes and of all; then how much one node alone looks at with ALONE
# (96) sites at a time.
#
#   bench/cluster/run.sh [SITES [CONCURRENCY [SECONDS]]]    default 2000 12 20: 4 minutes
#
# PART=page looks at home pages instead of DNS. NODES="1 2 4". The nodes share
# this machine's cores with the lab, the relays and the database: choose a CONCURRENCY with
# which four nodes do not fill them ("idle cores" is what was left), or it is the
# processor that is measured.
# DOMAINCHECK is a binary that exists already. Exit 1 if the ratio is under 0.90
# or one node alone does less than 300 looks a second.
set -euo pipefail
sites=${1:-2000} concurrency=${2:-12} seconds=${3:-20}
trip=${TRIP:-50ms} part=${PART:-resolution} counts=${NODES:-1 2 4} alone=${ALONE:-96}
here=$(cd "$(dirname "$0")/../.." && pwd)
pg=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
dir=$(mktemp -d)
chmod 755 "$dir"
pids=()
stop() {
	for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done
	if [ -f "$dir/pg/data/postmaster.pid" ]; then kill -INT "$(head -1 "$dir/pg/data/postmaster.pid")" || true; fi
	wait 2>/dev/null || true
	rm -rf "$dir"
}
trap stop EXIT
bin=${DOMAINCHECK:-}
if [ -z "$bin" ]; then
	bin=$dir/domaincheck
	(cd "$here" && go build -o "$bin" ./cmd/domaincheck)
fi
(cd "$here" && go build -o "$dir/relays" ./bench/cluster)
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }
mkdir "$dir/pg"
if [ "$(id -u)" = 0 ]; then chown postgres "$dir/pg"; fi
(cd "$dir/pg" && as "$pg/initdb" -D "$dir/pg/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >/dev/null)
(cd "$dir/pg" && exec setsid setpriv $([ "$(id -u)" = 0 ] && echo --reuid=postgres --regid=postgres --clear-groups) "$pg/postgres" -D "$dir/pg/data" -k "$dir/pg" -c listen_addresses= -c max_connections=200 -c shared_buffers=256MB >"$dir/pg/log" 2>&1) &
until "$pg/psql" -h "$dir/pg" -U postgres -qc 'SELECT 1' >/dev/null 2>&1; do sleep 0.2; done
"$bin" lab --sites "$sites" --seed 1 --ledger "$dir/sites.yaml" --json >"$dir/lab.json" 2>/dev/null &
lab=$!
pids+=($lab)
until grep -q '^}' "$dir/lab.json"; do sleep 0.2; done
mkfifo "$dir/open"
sleep 100000 >"$dir/open" &
pids+=($!)
"$dir/relays" -trip "$trip" -lab "$dir/lab.json" <"$dir/open" >"$dir/flags.json" &
relays=$!
pids+=($relays)
until [ -s "$dir/flags.json" ]; do sleep 0.1; done
settings() { # of node $1 at port $2 on database $3, $4 at a time
	python3 - "$dir" "$1" "$2" "$3" "$4" "$part" <<'PY'
import json, sys
dir, node, port, db, concurrency, part = sys.argv[1:]
flags = json.load(open(dir + "/flags.json"))["flags"]
take = lambda name: [flags[i + 1] for i, f in enumerate(flags) if f == name]
pairs = lambda name: dict(p.split("=", 1) for p in take(name))
network = {"resolvers": take("--resolver"), "http": {"connect_to": take("--connect-to")}, "client_subnet": take("--client-subnet")[0],
           "browser": "off", "timeout": "5s", "whois": {"servers": pairs("--whois-server")}, "rdap": {"bases": pairs("--rdap-base")}}
if take("--ca-file"):
    network["ca_file"] = take("--ca-file")[0]
schedule = {"access": "0 0 1 1 *", "page": "0 0 1 1 *", "registration": "0 0 1 1 *"}
schedule["access" if part == "resolution" else part] = "@every 1s"
json.dump({"store": "postgres://postgres@/%s?host=%s/pg" % (db, dir), "listen": "127.0.0.1:" + port, "inventory": "sites.yaml", "network": network,
           "schedule": schedule, "confirm": {"looks": 1, "apart": "0s"},
           "limits": {"concurrency": int(concurrency), "whois_per_second": 10000, "whois_burst": 10000}}, open("%s/node%s.yaml" % (dir, node), "w"))
PY
}
looks() { # of all nodes so far
	for port in "$@"; do curl -s -m 10 "http://127.0.0.1:$port/metrics"; done |
		awk -v p="part=\"$part\"" 'index($1, "domaincheck_look_duration_seconds_count") == 1 && index($1, p) {n += $2} END {print n + 0}'
}
ticks() { # of processor time of processes; those of one that is given as +PID: its children, also ended ones
	local p files=()
	for p in "$@"; do
		case $p in
		+*) files+=("/proc/${p#+}/stat") && for p in $(ps -o pid= --ppid "${p#+}"); do files+=("/proc/$p/stat"); done ;;
		*) files+=("/proc/$p/stat") ;;
		esac
	done
	for p in "${files[@]}"; do cat "$p" 2>/dev/null || true; done | awk '{sub(/.*\) /, ""); n += $12 + $13 + $14 + $15} END {print n + 0}'
}
idle() { awk '/^cpu / {print $5 + $6}' /proc/stat; }
echo "ms: processor time of a look, of the nodes, of PostgreSQL, of the lab with the relays"
printf '%6s %9s %10s %9s %7s %8s %8s %8s %8s %11s\n' nodes at_a_time looks/s each ratio backlog ms:nodes database lab "idle cores"
one= status=0 run=0
measure() { # $1 nodes, $2 at a time each; sets rate
	local n=$1 db i port ports=() nodes=() a b ta tb da dc la lb ia ib at bt backlog
	run=$((run + 1)) db=run$run
	"$pg/createdb" -h "$dir/pg" -U postgres "$db"
	for i in $(seq "$n"); do
		port=$((20000 + RANDOM % 20000))
		settings "$i" "$port" "$db" "$2"
		"$bin" serve -q -c "$dir/node$i.yaml" >"$dir/out$i" 2>"$dir/err$i" &
		nodes+=($!)
		ports+=("$port")
		until curl -sf "http://127.0.0.1:$port/healthz" >/dev/null; do
			kill -0 "${nodes[-1]}" || { cat "$dir/err$i"; exit 1; }
			sleep 0.3
		done
	done
	pids+=("${nodes[@]}")
	# Only one part is measured: the others are put off. The first look at each
	# site, which writes more, comes before the measurement.
	# The nodes write these rows too, so it may be the one that a deadlock ends.
	until "$pg/psql" -h "$dir/pg" -U postgres -d "$db" -qc "UPDATE parts SET due_at = 4000000000000000, ready_at = 4000000000000000 WHERE part <> '$part'" 2>/dev/null; do
		sleep 0.2
	done
	until [ "$("$pg/psql" -h "$dir/pg" -U postgres -d "$db" -Atc "SELECT count(*) FROM sites WHERE ok_$part = 0 AND looked_at = 0")" -le $((sites / 20)) ]; do
		sleep 1
	done
	local pm=+$(head -1 "$dir/pg/data/postmaster.pid")
	a=$(looks "${ports[@]}") ta=$(ticks "${nodes[@]}") da=$(ticks "$pm") la=$(ticks "$lab" "$relays") ia=$(idle) at=$(date +%s.%N)
	sleep "$seconds"
	b=$(looks "${ports[@]}") tb=$(ticks "${nodes[@]}") dc=$(ticks "$pm") lb=$(ticks "$lab" "$relays") ib=$(idle) bt=$(date +%s.%N)
	backlog=$("$pg/psql" -h "$dir/pg" -U postgres -d "$db" -Atc "SELECT count(*) FROM parts WHERE part = '$part' AND ready_at < extract(epoch FROM now()) * 1000000")
	rate=$(awk "BEGIN {print ($b - $a) / ($bt - $at)}")
	one=${one:-$(awk "BEGIN {print $rate / $n}")}
	ratio=$(awk "BEGIN {printf \"%.2f\", $rate / $n / $one}")
	awk -v n="$n" -v c="$2" -v r="$rate" -v ratio="$ratio" -v due="$backlog" -v t=$((tb - ta)) -v d=$((dc - da)) -v w=$((lb - la)) -v l=$((b - a)) -v i=$((ib - ia)) -v s="$(awk "BEGIN {print $bt - $at}")" \
		'BEGIN {k = l ? 10 / l : 0; printf "%6d %9d %10.1f %9.1f %7s %8d %8.2f %8.2f %8.2f %11.2f\n", n, c, r, r / n, ratio, due, t * k, d * k, w * k, i / 100 / s}'
	for i in "${nodes[@]}"; do kill -TERM "$i"; done
	for i in "${nodes[@]}"; do wait "$i" || true; done
}
for n in $counts; do
	measure "$n" "$concurrency"
	awk "BEGIN {exit !($ratio < 0.9)}" && status=1
done
if [ "$alone" -gt 0 ]; then
	one=
	measure 1 "$alone"
	awk "BEGIN {exit !($rate < 300)}" && status=1
fi
exit $status
