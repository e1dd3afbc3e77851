#!/usr/bin/env bash
# Takes the pictures of the README in headless Chromium, of a dashboard whose
# store holds the stories of web/webtest, or of one that runs already:
#
#   docs/screenshots/make.sh [URL]
#
# With URL, say of `domaincheck demo`, the site's picture shows the story of the
# same name only if that inventory has it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
exec go run ./bench/screens -out docs/screenshots ${1:+-url "$1"}
