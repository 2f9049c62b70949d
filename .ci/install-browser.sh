#!/usr/bin/env bash
# Installs the browser in which the pages of the demo on Next are driven, where it is missing and may be installed. Never fails: the
# tests themselves say what they miss.
set -uo pipefail
exec </dev/null

for program in "${TEST_CHROMIUM:-chromium}" chromium-browser google-chrome; do
  command -v "$program" >/dev/null && exit 0
done
if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
  echo 'Chromium is missing and cannot be installed from here'
  exit 0
fi

export DEBIAN_FRONTEND=noninteractive
install() {
  timeout 120 apt-get install -y --no-install-recommends chromium
}
log=$(mktemp)
# The lists of packages may be missing or old.
if install >"$log" 2>&1 || { timeout 40 apt-get update && install; } >"$log" 2>&1; then
  echo 'Chromium installed'
else
  tail -n 3 "$log"
  echo 'Chromium could not be installed'
fi
exit 0
