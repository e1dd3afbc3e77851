#!/usr/bin/env bash
# Checks what is in this folder by the readers it is meant for:
#
#   deploy/check.sh [compose] [helm] [prometheus] [image] [release] [scripts]     (default: all)
#
#   compose     compose-go, the library docker compose reads with: schema, types, references; the settings by domaincheck itself
#   helm        helm lint --strict and helm template over each set of values in ci/, every manifest decoded strictly
#               into the types of Kubernetes; the settings it makes by domaincheck itself; values it must refuse
#   prometheus  promtool and amtool over rules, their tests, and both scrape configurations
#   image       each step of the Dockerfile without an engine: the static binary in an empty root, as its user (needs root)
#   release     a release of this machine's platform, its sums, and its bill of materials by the published schema of CycloneDX
#   scripts     bash -n, and systemd-analyze verify where it is installed
#
# Tools come pinned through the Go module proxy, promtool and amtool from the
# packages prometheus and prometheus-alertmanager.
set -euo pipefail
cd "$(dirname "$0")/.."
helm_version=v3.21.4 kube_version=1.31.0 cyclonedx_version=v0.12.0 # whose module holds the schemas
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say() { printf '%-11s %s\n' "$1" "$2"; }

binary() {
  [ -x "$work/domaincheck" ] ||
    CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=0.0.0-check" -o "$work/domaincheck" ./cmd/domaincheck
}
lint() { [ -x "$work/lint" ] || (cd deploy/lint && go vet . && go build -o "$work/lint" .); "$work/lint" "$@"; }

compose() {
  local before
  binary
  # What a user has after ./secrets.sh, without making secrets here.
  mkdir -p "$work/compose"
  cp -r deploy/compose/. "$work/compose/deploy"
  mkdir -p "$work/compose/prometheus" "$work/compose/deploy/secrets"
  cp deploy/prometheus/alerts.yml "$work/compose/prometheus/"
  rm -f "$work/compose/deploy/secrets/"*
  bash "$work/compose/deploy/secrets.sh" >/dev/null
  sum() { cat "$work/compose/deploy/secrets/"* | cksum; }
  before=$(sum)
  bash "$work/compose/deploy/secrets.sh" >/dev/null
  [ "$before" = "$(sum)" ] # made once
  lint compose "$work/compose/deploy/compose.yaml"
  sed "s#/run/secrets/#$work/compose/deploy/secrets/#" deploy/compose/settings/domaincheck.yaml >"$work/compose.yaml"
  DOMAINCHECK_STORE="file:$work/compose/deploy/secrets/store.url" "$work/domaincheck" config check -q "$work/compose.yaml" >/dev/null
  # The token's hash is the token's: what the program makes of it.
  "$work/domaincheck" token hash admin <"$work/compose/deploy/secrets/admin.token" --json | grep -F "$(cat "$work/compose/deploy/secrets/admin.hash")" >/dev/null
}

helm() {
  local chart=deploy/helm/domaincheck values
  command -v "$work/helm" >/dev/null || GOBIN="$work" go install "helm.sh/helm/v3/cmd/helm@$helm_version"
  run_helm() { "$work/helm" "$@" 2> >(grep -v 'found symbolic link' >&2); }
  binary
  for values in "$chart"/ci/*.yaml; do
    run_helm lint --strict --quiet --kube-version $kube_version "$chart" -f "$values"
    run_helm template check "$chart" --kube-version $kube_version -f "$values" >"$work/manifests.yaml"
    lint kubernetes <"$work/manifests.yaml"
    # The settings of the Secret, read by the program; certificate and variables as the pod would have them.
    awk '/^  domaincheck.yaml: \|/{on=1;next} on&&/^---/{exit} on{sub(/^    /,"");print}' "$work/manifests.yaml" >"$work/settings.yaml"
    grep -q '^listen: 0.0.0.0:8480$' "$work/settings.yaml"
    DT_URL=https://oapi.dingtalk.com/robot/send?access_token=x DT_SECRET=x DOMAINCHECK_STORE=postgres://h/d \
      ADMIN_HASH=sha256:5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8 \
      "$work/domaincheck" config check -q "$work/settings.yaml" >/dev/null
  done
  refused() { # values that must not be installed
    if run_helm template check "$chart" --kube-version $kube_version -f "$chart/ci/tls-values.yaml" "$@" >/dev/null 2>&1; then
      echo "helm took $*"
      return 1
    fi
  }
  refused --set store.url=
  refused --set store.url=sqlite:a.db
  refused --set tls.existingSecret=
  refused --set-json 'settings={}'
  refused --set roles.all.replicas=0
  refused --set replicas=3
  refused --set ingress.enabled=true,hosts=null
  refused --set serviceMonitor.tokenSecret=
}

prometheus() {
  (cd deploy/prometheus && promtool check rules alerts.yml && promtool test rules alerts_test.yml && promtool check config prometheus.yml) >/dev/null
  mkdir -p "$work/scrape"
  sed "s#/run/secrets/#$work/scrape/#" deploy/compose/prometheus.yml >"$work/scrape/prometheus.yml"
  cp deploy/prometheus/alerts.yml "$work/scrape/"
  touch "$work/scrape/tls.crt" "$work/scrape/metrics.token"
  promtool check config --syntax-only "$work/scrape/prometheus.yml" >/dev/null
  amtool check-config deploy/compose/alertmanager.yml >/dev/null
}

# image makes what the last stage of the Dockerfile holds, and runs in it.
image() {
  [ "$(id -u)" = 0 ] || { say image "not checked: needs root"; return 0; }
  binary
  local root=$work/root pid port=$((20000 + RANDOM % 10000)) url tries
  mkdir -p "$root/etc/ssl/certs" "$root/usr/local/bin" "$root/var/lib/domaincheck" "$root/etc/domaincheck" "$root/tmp"
  cp "$work/domaincheck" "$root/usr/local/bin/"
  chmod 0755 "$work"
  chown 65532:65532 "$root/var/lib/domaincheck" && chmod 0700 "$root/var/lib/domaincheck" && chmod 1777 "$root/tmp"
  file "$work/domaincheck" | grep 'statically linked' >/dev/null
  local inside=(env -i DOMAINCHECK_STORE=sqlite:/var/lib/domaincheck/domaincheck.db DOMAINCHECK_TABLES=/var/lib/domaincheck/tables DOMAINCHECK_LISTEN="127.0.0.1:$port"
    "$(command -v chroot)" --userspec=65532:65532 "$root" /usr/local/bin/domaincheck)
  "${inside[@]}" version | grep '^domaincheck 0.0.0-check' >/dev/null
  # It serves: time zone, store and address are had though nothing else is in the root.
  "${inside[@]}" serve >"$work/serve.log" 2>&1 &
  pid=$!
  for tries in $(seq 150); do
    [ "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/readyz")" = 200 ] && break
    [ "$tries" -lt 150 ] && kill -0 $pid || { cat "$work/serve.log"; return 1; }
    sleep 0.2
  done
  [ "$(stat -c '%u %a' "$root/var/lib/domaincheck/domaincheck.db")" = '65532 600' ]
  kill -TERM $pid # env and chroot have become the program
  wait $pid
  # It believes the authorities of the image's file, and nobody else.
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=check -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$work/ca.key" -out "$work/ca.crt" 2>/dev/null
  openssl s_server -accept "127.0.0.1:$port" -www -quiet -cert "$work/ca.crt" -key "$work/ca.key" >/dev/null 2>&1 &
  pid=$!
  url=https://127.0.0.1:$port/
  for tries in $(seq 50); do curl -sk -o /dev/null "$url" && break || sleep 0.1; done
  cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
  { "${inside[@]}" lists update tlds --from "$url" --lang en 2>&1 || true; } | grep 'failed to verify certificate' >/dev/null
  cat "$work/ca.crt" >>"$root/etc/ssl/certs/ca-certificates.crt"
  { "${inside[@]}" lists update tlds --from "$url" --lang en 2>&1 || true; } | tee "$work/tls.log" | grep -i 'not the table\|parse error' >/dev/null || { cat "$work/tls.log"; kill $pid; return 1; }
  kill $pid
  wait $pid 2>/dev/null || true
}

release() {
  local schemas
  deploy/release.sh 0.0.0-check --only "$(go env GOOS)/$(go env GOARCH)" --out "$work/release" >/dev/null
  (cd "$work/release" && sha256sum --check --quiet SHA256SUMS)
  schemas=$(cd deploy/lint && go mod download -json "github.com/CycloneDX/cyclonedx-go@$cyclonedx_version" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')/schema
  lint bill "$schemas" "$work"/release/*.cdx.json
  # What the schema forbids is told.
  sed 's/"bomFormat": *"CycloneDX"/"bomFormat":"other"/' "$work"/release/*.cdx.json >"$work/bad.cdx.json"
  ! lint bill "$schemas" "$work/bad.cdx.json" 2>/dev/null
}

scripts() {
  local script
  for script in $(git ls-files '*.sh' .ci/run); do bash -n "$script"; done
  command -v systemd-analyze >/dev/null || { say scripts "systemd-analyze is not here: the unit is not checked"; return 0; }
  sed 's#^ExecStart=/usr/local/bin/domaincheck#ExecStart=/bin/true#' deploy/domaincheck.service >"$work/domaincheck.service"
  systemd-analyze verify --man=no "$work/domaincheck.service"
}

[ $# -gt 0 ] || set -- compose helm prometheus image release scripts
for part in "$@"; do
  case $part in compose | helm | prometheus | image | release | scripts) ;; *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 2 ;; esac
  from=$SECONDS
  $part
  say "$part" "$((SECONDS - from)) s"
done
