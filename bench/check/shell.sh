#!/usr/bin/env bash
# What an administrator would write himself (whois, dig, curl and grep, a site a
# job, so many at a time) beside "domaincheck -f", over the same sites of one lab:
# sites a second of each, processor time, and what each of them makes of the
# faults that are planted.
#
#   bench/check/shell.sh [SITES] [CONCURRENCY]        default 400 sites, 32 at a time
#
# The pipeline asks for WHOIS, A and AAAA of the domain and its www, NS, and the
# front page with its redirects; it takes a site for faulty if there is no
# address, if the registration ends within 30 days or its end is not found, or if
# the page does not hold the record number of the ledger. Needs whois, dig, curl
# (Debian packages whois, bind9-dnsutils, curl) and python3. DOMAINCHECK is a
# binary that exists already.
set -euo pipefail
sites=${1:-400} concurrency=${2:-32}
here=$(cd "$(dirname "$0")/../.." && pwd)
for tool in whois dig curl grep python3; do command -v $tool >/dev/null || { echo "needs $tool" >&2; exit 2; }; done
dir=$(mktemp -d)
lab=
trap 'kill $lab 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$dir"' EXIT
bin=${DOMAINCHECK:-$dir/domaincheck}
[[ -x $bin ]] || (cd "$here" && go build -o "$bin" ./cmd/domaincheck)
"$bin" lab --sites "$sites" --seed 1 --ledger "$dir/sites.yaml" --truth "$dir/truth.json" --json >"$dir/lab.json" 2>/dev/null &
lab=$!
until grep -qs '^}' "$dir/lab.json"; do sleep 0.2; done
python3 - "$dir" <<'PY'
import json, shlex, sys
dir = sys.argv[1]
flags = json.load(open(dir + "/lab.json"))["flags"]
take = lambda name: [flags[i + 1] for i, f in enumerate(flags) if f == name]
resolver, port = take("--resolver")[0].rsplit(":", 1)
whois = dict(p.split("=", 1) for p in take("--whois-server"))
lines = ["resolver=%s port=%s subnet=%s" % (resolver, port, take("--client-subnet")[0])]
lines.append("declare -A servers=(%s)" % " ".join("[%s]=%s" % (shlex.quote(k.replace("*", "any")), shlex.quote(v)) for k, v in whois.items()))
lines.append("web=(%s)" % " ".join(shlex.quote(x) for m in take("--connect-to") for x in ("--connect-to", m)))
for ca in take("--ca-file"):
    lines.append("web+=(--cacert %s)" % shlex.quote(ca))
open(dir + "/lab.sh", "w").write("\n".join(lines) + "\n")
open(dir + "/flags", "w").write("\n".join(flags))
with open(dir + "/list", "w") as f:
    for t in json.load(open(dir + "/truth.json")):
        f.write("%s %s\n" % (t["domain"], t["site"].get("record_number") or "-"))
PY
cat >"$dir/look" <<'LOOK'
#!/usr/bin/env bash
# DOMAIN NUMBER: prints what was found, a line.
domain=$1 number=$2
. "$LOOK_DIR/lab.sh"
server=${servers[${domain#*.}]:-${servers[any]}}
at=${server%:*} on=${server##*:}
text=$(timeout 10 whois -h "$at" -p "$on" "$domain" 2>/dev/null)
ends=$(grep -iEm1 'expir[a-z ]*(date|time)?:' <<<"$text" | grep -oE '[0-9]{4}-[0-9]{2}-[0-9]{2}' | head -1)
ask() { dig +short +time=5 +tries=2 +subnet="$subnet" @"$resolver" -p "$port" "$@" 2>/dev/null | grep -v '^;'; }
hosts=$(for host in "$domain" "www.$domain"; do ask "$host" A; ask "$host" AAAA; done | grep -E '^[0-9a-f.:]+$' | head -1)
servers_of=$(ask "$domain" NS | head -1)
[[ $number != - ]] && shown=$(curl -sL -m 10 "${web[@]}" "http://$domain/" 2>/dev/null | grep -oFm1 -- "$number" | head -1)
verdict=pass
soon=$(date -d '+30 days' +%F)
[[ -n $hosts && -n $ends && $ends > $soon && ($number == - || -n ${shown:-}) ]] || verdict=fail
echo "$domain $verdict ends=${ends:--} address=${hosts:--} ns=${servers_of:--} number=${shown:--}"
LOOK
chmod +x "$dir/look"
TIMEFORMAT='%R %U %S'
echo "$sites sites of a lab, $concurrency at a time, $(nproc) cores"
{ time LOOK_DIR=$dir xargs -P "$concurrency" -L 1 "$dir/look" <"$dir/list" >"$dir/shell.out" 2>/dev/null; } 2>"$dir/shell.time"
mapfile -t flags <"$dir/flags"
{ time { "$bin" -q --format jsonl -f "$dir/sites.yaml" --browser off --concurrency "$concurrency" "${flags[@]}" >"$dir/ours.out" 2>"$dir/ours.err" || [ $? -lt 4 ]; }; } 2>"$dir/ours.time"
python3 - "$dir" <<'PY'
import json, sys
dir = sys.argv[1]
truth = {t["domain"]: t for t in json.load(open(dir + "/truth.json"))}
shell = {l.split()[0]: l.split()[1] for l in open(dir + "/shell.out")}
ours = {r["domain"]: r["verdict"] for r in map(json.loads, open(dir + "/ours.out"))}
rate = {}
for name, said in (("shell", shell), ("ours", ours)):
    wall, user, system = map(float, open("%s/%s.time" % (dir, name)).read().split()[-3:])
    rate[name] = len(truth) / wall
    faulty = [d for d, t in truth.items() if t["verdict"] == "fail"]
    sound = [d for d, t in truth.items() if t["verdict"] == "pass"]
    missed = [d for d in faulty if said.get(d) != "fail"]
    wrong = [d for d in sound if said.get(d) == "fail"]
    print("%-12s %7.1f sites/s, %6.1f ms of processor time a site; of %d faulty sites %d missed, of %d sound ones %d called faulty"
          % ({"shell": "the pipeline", "ours": "domaincheck"}[name], rate[name], 1000 * (user + system) / len(truth), len(faulty), len(missed), len(sound), len(wrong)))
    for what, list in (("missed", missed), ("called faulty", wrong)):
        stories = {}
        for d in list:
            stories[truth[d]["story"]] = stories.get(truth[d]["story"], 0) + 1
        if stories:
            print("    %s: %s" % (what, ", ".join("%s%s" % (s, " ×%d" % n if n > 1 else "") for s, n in sorted(stories.items()))))
print("domaincheck / the pipeline: %.1f times as many sites a second" % (rate["ours"] / rate["shell"]))
PY
