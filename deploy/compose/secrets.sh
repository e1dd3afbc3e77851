#!/usr/bin/env bash
# Makes what compose.yaml reads from secrets/: the password of the database and
# the URL with it, two tokens with their hashes, a certificate for the nodes. What
# exists already stays. Others on this machine cannot enter the folder; the files
# themselves are readable, since the containers' users are not this one.
set -euo pipefail
cd "$(dirname "$0")"
umask 077
mkdir -p secrets
cd secrets
keep() { if [ -s "$1" ]; then cat >/dev/null; else cat >"$1.new" && mv "$1.new" "$1"; fi; }
sha() { openssl dgst -sha256 -r | cut -d' ' -f1; }
# Half a set is worse than none: the URL belongs to the password, hashes to tokens.
openssl rand -hex 24 | tr -d '\n' | keep postgres.password
printf 'postgres://domaincheck:%s@postgres:5432/domaincheck?sslmode=disable' "$(cat postgres.password)" | keep store.url
for name in admin metrics; do
  openssl rand -hex 32 | tr -d '\n' | keep $name.token
  printf 'sha256:%s' "$(sha <$name.token)" | keep $name.hash
done
[ -s tls.crt ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 825 -subj /CN=domaincheck \
  -addext subjectAltName=DNS:node1,DNS:node2,DNS:node3,DNS:localhost,IP:127.0.0.1 -keyout tls.key -out tls.crt 2>/dev/null
chmod 0444 ./*
echo "secrets/ holds: $(echo *)"
