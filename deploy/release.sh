#!/usr/bin/env bash
# Makes a release: static binaries for six platforms, packed with the documents
# and the licences of what is linked in, a bill of materials for each, SHA256SUMS.
#
#   deploy/release.sh VERSION [--commit C] [--only OS/ARCH]… [--out DIR] [--verify]
#
#   VERSION       as the program will tell it (1.0.0)
#   --commit C    what to build (default HEAD); never what lies about uncommitted
#   --only P      one platform (repeatable; default all six)
#   --out DIR     default dist/VERSION
#   --verify      build all of it again in another folder with an empty build
#                 cache, and compare every byte; or, where DIR holds a release
#                 made by somebody else, compare ours with theirs
#
# The same commit gives the same bytes: the sources come from git archive into a
# fresh folder, paths are trimmed, the toolchain is pinned below, every time is
# the commit's. Needs git, tar, Go and the module proxy.
set -euo pipefail
cd "$(dirname "$0")/.."
usage() { sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"; exit 2; }

version='' commit=HEAD out='' verify='' platforms=()
while [ $# -gt 0 ]; do
  case $1 in
    --commit) commit=$2; shift ;;
    --only) platforms+=("$2"); shift ;;
    --out) out=$2; shift ;;
    --verify) verify=1 ;;
    -*) usage ;;
    *) [ -z "$version" ] || usage; version=$1 ;;
  esac
  shift
done
[[ $version =~ ^[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.+-]+)?$ ]] || usage
[ ${#platforms[@]} -gt 0 ] || platforms=(linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64)
commit=$(git rev-parse --verify "$commit^{commit}")
stamp=$(git show -s --format=%ct "$commit")
out=${out:-dist/$version}

# What could change the bytes is set here, not inherited.
export GOTOOLCHAIN=go1.26.8 GOFLAGS=-mod=readonly GOWORK=off GOEXPERIMENT='' GOFIPS140=off CGO_ENABLED=0 GOAMD64=v1 GOARM64=v8.0 LC_ALL=C TZ=UTC

work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

# build DIR: all platforms of the commit into DIR, made in a folder of their own.
build() {
  local to=$1 src arch os name exe files
  src=$(mktemp -d "$work/src.XXXXXX")
  git archive --format=tar "$commit" | tar -x -C "$src"
  mkdir -p "$to"
  to=$(cd "$to" && pwd)
  (
    cd "$src"
    go build -o "$src/.pack" ./deploy/pack
    files=(LICENSE NOTICE README.md README.zh-CN.md CHANGELOG.md docs/*.md)
    for platform in "${platforms[@]}"; do
      os=${platform%/*} arch=${platform#*/} exe=domaincheck files_of=()
      [ "$os" = windows ] && exe=domaincheck.exe
      [ "$os" = linux ] && files_of=(deploy/domaincheck.service)
      name=domaincheck_${version}_${os}_${arch}
      mkdir -p ".bin/$platform"
      GOOS=$os GOARCH=$arch go build -trimpath -buildvcs=false \
        -ldflags "-s -w -X main.version=$version -X main.commit=$commit" -o ".bin/$platform/$exe" ./cmd/domaincheck
      GOOS=$os GOARCH=$arch go list -deps -f '{{with .Module}}{{if .Version}}{"Path":{{printf "%q" .Path}},"Version":{{printf "%q" .Version}},"Dir":{{printf "%q" .Dir}}}{{end}}{{end}}' ./cmd/domaincheck | sort -u >".bin/$platform/modules"
      ./.pack -name "$name" -version "$version" -time "$stamp" -out "$to" \
        -exe ".bin/$platform/$exe" -modules ".bin/$platform/modules" -golang "$(go env GOROOT)/LICENSE" "${files[@]}" ${files_of[@]+"${files_of[@]}"}
      printf '%-16s %4d s  %s\n' "$platform" "$SECONDS" "$(wc -c <".bin/$platform/$exe") bytes"
    done
    ./.pack -sums "$to"
  )
}

if [ -n "$verify" ] && [ -f "$out/SHA256SUMS" ]; then
  echo "comparing with the release in $out"
else
  build "$out"
fi
if [ -n "$verify" ]; then
  GOCACHE="$work/cache" build "$work/again"
  for file in "$work"/again/*; do
    [ "${file##*/}" = SHA256SUMS ] || cmp "$file" "$out/${file##*/}"
  done
  [ ${#platforms[@]} -lt 6 ] || cmp "$work/again/SHA256SUMS" "$out/SHA256SUMS"
  echo "built twice, in two folders, with two caches: the same bytes"
fi
cat "$out/SHA256SUMS"
