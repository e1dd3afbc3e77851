#!/usr/bin/env bash
# Runs every test of the project on a bare Debian machine with Go: installs the
# servers and the browser that the tests talk to, then runs the suite under the
# race detector, and fails if any test failed or was skipped.
#
#   ./test.sh              all packages
#   ./test.sh ./icp ./...  those packages
set -euo pipefail
cd "$(dirname "$0")"

need=(prometheus:/usr/bin/prometheus prometheus:/usr/bin/promtool prometheus-alertmanager:/usr/bin/prometheus-alertmanager nsd:/usr/sbin/nsd nginx:/usr/sbin/nginx chromium:/usr/bin/chromium pgbouncer:/usr/sbin/pgbouncer)
missing=()
for pair in "${need[@]}"; do
  [ -x "${pair#*:}" ] || missing+=("${pair%%:*}")
done
compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || missing+=(postgresql)
command -v gcc >/dev/null || missing+=(gcc libc6-dev)
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing ${missing[*]}"
  sudo=(); [ "$(id -u)" = 0 ] || sudo=(sudo)
  # No service of these may start by itself: the tests start their own.
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
# SQLite is C made Go: watching its own memory takes four fifths of a raced run
# and has nothing to say of our goroutines. Vet is a stage of its own in .ci/run.
# The commands' tests start the program a thousand times: without the race
# detector, which the packages they join have had.
raced=("$@")
[ $# -gt 0 ] || mapfile -t raced < <(go list ./... | grep -v '/cmd/')
CGO_ENABLED=1 go test -race -gcflags='modernc.org/...=-race=false' -vet=off -p 3 -count=1 -timeout 12m -json "${raced[@]}" >"$log" || status=$?
[ $# -gt 0 ] || go test -vet=off -count=1 -timeout 12m -json ./cmd/... >>"$log" || status=$?
# Long stretches of simulated time, without the race detector: see
# app/simulate_test.go and scheduler/sight_test.go.
[ $# -gt 0 ] || go test -vet=off -count=1 -timeout 5m -run '^Test(Simulate|SimulateFails|Blind|ProviderOutage|EverywhereForLong|RegistryLies|Sentence|BlindRestart|Clock)$' -json ./app ./scheduler >>"$log" || status=$?
go run ./bench/testlog <"$log" || status=1
exit "$status"
