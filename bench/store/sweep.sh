#!/usr/bin/env bash
# The daemon over a large store: "domaincheck serve" on the store that
# bench/store/run.sh made, whose sites are all due. NSD answers every name with
# 127.0.0.1 and nginx serves every page; the registration data are of the store
# and not looked at. Prints each STEP seconds (10) the resident memory, the looks
# so far and how many a second since the last line.
#
#   bench/store/sweep.sh STORE [MINUTES]       default 5 minutes
#
# STORE is changed. Needs nsd, nginx and curl.
set -euo pipefail
store=$(realpath "$1") minutes=${2:-5} step=${STEP:-10}
here=$(cd "$(dirname "$0")/../.." && pwd)
dir=$(mktemp -d)
chmod 755 "$dir"
dns=$((20000 + RANDOM % 10000)) page=$((30000 + RANDOM % 10000)) port=$((40000 + RANDOM % 10000))
pids=
trap 'kill $pids 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
bin=${DOMAINCHECK:-$dir/domaincheck}
[[ -x $bin ]] || (cd "$here" && go build -o "$bin" ./cmd/domaincheck)

cat >"$dir/root.zone" <<'ZONE'
. 3600 IN SOA ns.invalid. host.invalid. 1 3600 3600 3600 60
. 3600 IN NS ns.invalid.
* 3600 IN A 127.0.0.1
ZONE
cat >"$dir/nsd.conf" <<CONF
server:
  ip-address: 127.0.0.1@$dns
  username: ""
  zonesdir: "$dir"
  database: ""
  pidfile: "$dir/nsd.pid"
  xfrdfile: "$dir/xfrd.state"
  zonelistfile: "$dir/zone.list"
  logfile: "$dir/nsd.log"
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "root.zone"
CONF
nsd=$(command -v nsd || echo /usr/sbin/nsd)
"$nsd" -d -c "$dir/nsd.conf" >"$dir/nsd.out" 2>&1 &
pids="$pids $!"
mkdir "$dir/html"
printf '<!doctype html><meta charset=utf-8><title>官网</title><p>示例页面<footer><a href="https://beian.miit.gov.cn/">京ICP备10000001号-1</a></footer>' >"$dir/html/index.html"
cat >"$dir/nginx.conf" <<CONF
worker_processes 1;
pid $dir/nginx.pid;
error_log $dir/nginx.log;
daemon off;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path $dir/t1; proxy_temp_path $dir/t2; fastcgi_temp_path $dir/t3; uwsgi_temp_path $dir/t4; scgi_temp_path $dir/t5;
  server { listen 127.0.0.1:$page backlog=4096; root $dir/html; default_type text/html; }
}
CONF
nginx -c "$dir/nginx.conf" >"$dir/nginx.out" 2>&1 &
pids="$pids $!"
cat >"$dir/domaincheck.yaml" <<YAML
store: "sqlite:$store"
listen: "127.0.0.1:$port"
network:
  resolvers: ["127.0.0.1:$dns"]
  http: {connect_to: ["::127.0.0.1:$page"]}
  allow_private: true
  browser: "off"
schedule: {access: "@every 24h", page: "@every 24h", registration: "@every 8000h"}
limits: {concurrency: ${CONCURRENCY:-64}, whois_per_second: 0.001}
YAML
"$bin" serve -q -c "$dir/domaincheck.yaml" >"$dir/out" 2>"$dir/err" &
daemon=$!
pids="$pids $daemon"
until curl -sf "http://127.0.0.1:$port/healthz" >/dev/null; do
	kill -0 $daemon || { cat "$dir/err" "$dir/out"; exit 1; }
	sleep 0.2
done
size() { stat -c %s "$store"; }
was=$(size) last=0 begun=$SECONDS
printf '%8s %9s %9s %10s\n' seconds rss_mib looks looks/s
while [ $((SECONDS - begun)) -lt $((minutes * 60)) ]; do
	sleep "$step"
	curl -s -m 10 "http://127.0.0.1:$port/metrics" >"$dir/metrics" || true
	looks=$(awk '$1 ~ /^domaincheck_look_duration_seconds_count/ {n += $2} END {print n + 0}' "$dir/metrics")
	printf '%8d %9d %9d %10d\n' $((SECONDS - begun)) "$(awk '/VmRSS/ {print int($2 / 1024)}' /proc/$daemon/status)" "$looks" $(((looks - last) / step))
	last=$looks
done
awk '/VmHWM/ {print "most memory: " int($2 / 1024) " MiB"}' /proc/$daemon/status
echo "the file grew by $(($(size) - was)) bytes; processor time of the daemon: $(ps -o cputimes= -p $daemon | tr -d ' ') s"
grep domaincheck_look_duration_seconds_count "$dir/metrics" || true
