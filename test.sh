#!/usr/bin/env bash
# Runs every test of the project on a bare Debian machine with Go: installs the
# servers and the browser that the tests talk to, then runs the suite under the
# race detector, and fails if any test failed or was skipped.
#
#   ./test.sh              all packages
#   ./test.sh ./icp ./...  those packages
#   ./test.sh --install    installs only
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
[ "${1:-}" != --install ] || exit 0

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
# The race detector watches every package that has goroutines of its own. Without
# it run the judgement and its tables, which have none, and the commands, whose
# tests start the program a thousand times and wait meanwhile. SQLite is C made
# Go: watching its own memory takes four fifths of a raced run and has nothing to
# say of our goroutines; nor has what packs and unpacks bombs. (Packages that
# instantiate sync.Map or atomic.Pointer must not be added: the linker may take
# their unwatched copy for everybody's.) Vet is a stage of its own in .ci/run.
calm='^domaincheck(/(cmd/.*|deploy/pack|bench/.*|icp|tldlist|registrars|providers|holder|inventory|rules|watch|risk|alert|desk))?$'
raced=("$@")
[ $# -gt 0 ] || mapfile -t raced < <(go list ./... | grep -Ev "$calm")
CGO_ENABLED=1 go test -race -gcflags='modernc.org/...=-race=false' -gcflags='compress/...=-race=false' -vet=off -p 3 -count=1 -timeout 12m -json "${raced[@]}" >"$log" || status=$?
[ $# -gt 0 ] || go list ./... | grep -E "$calm" | xargs go test -vet=off -count=1 -timeout 12m -json >>"$log" || status=$?
# Long stretches of simulated time, without the race detector: see
# app/simulate_test.go and scheduler/sight_test.go.
[ $# -gt 0 ] || go test -vet=off -count=1 -timeout 5m -run '^Test(Simulate|SimulateFails|Blind|ProviderOutage|EverywhereForLong|RegistryLies|Sentence|BlindRestart|Clock)$' -json ./app ./scheduler >>"$log" || status=$?
go run ./bench/testlog <"$log" || status=1
exit "$status"
