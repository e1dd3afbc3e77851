#!/bin/bash
# An accelerated run of the daemon on real sockets: a lab of SITES sites (10000)
# and "domaincheck serve" beside it for MINUTES minutes (15), every site looked at
# again and again. Prints, every STEP seconds (15), the daemon's resident memory,
# goroutines, threads, open descriptors, looks and backlog; at the end how the
# last third of the run compares with the middle one. Nothing may grow.
#
#   bench/daemon/run.sh [SITES [MINUTES]]
set -euo pipefail
sites=${1:-10000} minutes=${2:-15} step=${STEP:-15}
here=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d)
lab= daemon=
trap 'kill $lab $daemon 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
bin=${DOMAINCHECK:-}
if [ -z "$bin" ]; then
	bin=$dir/domaincheck
	(cd "$here" && go build -o "$bin" ./cmd/domaincheck)
fi
"$bin" lab --sites "$sites" --seed 1 --ledger "$dir/sites.yaml" --json >"$dir/lab.json" &
lab=$!
until grep -q '^}' "$dir/lab.json"; do sleep 0.2; done
port=$((20000 + RANDOM % 20000))
python3 - "$dir" "$port" <<'PY'
import json, os, sys
dir, port = sys.argv[1:]
flags = json.load(open(dir + "/lab.json"))["flags"]
take = lambda name: [flags[i + 1] for i, f in enumerate(flags) if f == name]
pairs = lambda name: dict(p.split("=", 1) for p in take(name))
network = {"resolvers": take("--resolver"), "http": {"connect_to": take("--connect-to")}, "client_subnet": take("--client-subnet")[0],
           "browser": "off", "timeout": "5s", "whois": {"servers": pairs("--whois-server")}, "rdap": {"bases": pairs("--rdap-base")}}
if take("--ca-file"):
    network["ca_file"] = take("--ca-file")[0]
json.dump({"store": "sqlite:store.db", "listen": "127.0.0.1:" + port, "inventory": "sites.yaml", "network": network,
           "schedule": {"access": os.environ.get("ACCESS", "@every 2m"), "page": os.environ.get("PAGE", "@every 4m"), "registration": os.environ.get("REGISTRATION", "@every 6m")},
           "confirm": {"looks": 1, "apart": "0s"},
           "limits": {"concurrency": 64, "whois_per_second": 10000, "whois_burst": 10000}}, open(dir + "/domaincheck.yaml", "w"))
PY
"$bin" serve -q -c "$dir/domaincheck.yaml" >"$dir/out" 2>"$dir/err" &
daemon=$!
until curl -sf "http://127.0.0.1:$port/healthz" >/dev/null; do
	kill -0 $daemon || { cat "$dir/err"; exit 1; }
	sleep 0.5
done
printf '%8s %9s %10s %8s %6s %9s %8s\n' seconds rss_mib goroutines threads fds looks due
begun=$SECONDS
while [ $((SECONDS - begun)) -lt $((minutes * 60)) ]; do
	sleep "$step"
	curl -s -m 10 "http://127.0.0.1:$port/metrics" >"$dir/metrics" || true
	rss=$(awk '/VmRSS/ {print int($2 / 1024)}' /proc/$daemon/status)
	threads=$(awk '/Threads/ {print $2}' /proc/$daemon/status)
	fds=$(ls /proc/$daemon/fd | wc -l)
	go=$(awk '$1 == "domaincheck_go_goroutines" {print int($2)}' "$dir/metrics")
	looks=$(awk '$1 ~ /^domaincheck_look_duration_seconds_count/ {n += $2} END {print n + 0}' "$dir/metrics")
	due=$(awk '$1 ~ /^domaincheck_(part_due|due|backlog)/ {n += $2} END {print n + 0}' "$dir/metrics")
	printf '%8d %9d %10d %8d %6d %9d %8d\n' $((SECONDS - begun)) "$rss" "${go:-0}" "$threads" "$fds" "$looks" "$due" | tee -a "$dir/samples"
done
awk '{r[NR] = $2; g[NR] = $3; f[NR] = $5}
	function mean(a, from, to,   i, n, s) {for (i = from; i <= to; i++) {s += a[i]; n++} return n ? s / n : 0}
	END {t = int(NR / 3)
		printf "middle third → last third: rss %.0f → %.0f MiB, goroutines %.0f → %.0f, descriptors %.0f → %.0f\n",
			mean(r, t + 1, 2 * t), mean(r, 2 * t + 1, NR), mean(g, t + 1, 2 * t), mean(g, 2 * t + 1, NR), mean(f, t + 1, 2 * t), mean(f, 2 * t + 1, NR)}' "$dir/samples"
ls -la "$dir"/store.db* | awk '{print $5, $9}' | sed "s#$dir/##"
grep -c . "$dir/err" | sed 's/^/lines of the log: /'
kill -TERM $daemon
began=$SECONDS
wait $daemon && echo "stopped in $((SECONDS - began)) s"
daemon=
