#!/usr/bin/env bash
# The reference pages in a plugin's README are those that its tables give.
#   bash tests/plugin_host/reference.sh ANSATZ PLUGIN_FOLDER README...
set -euo pipefail
ansatz=$1 plugins=$2
shift 2
copy=$(mktemp)
trap 'rm -f "$copy"' EXIT
stale=0
for readme in "$@"; do
  id=$(basename "$(dirname "$readme")")
  cp "$readme" "$copy"
  "$ansatz" plugin info "$id" --plugin-path "$plugins" --update "$copy"
  if ! diff -u "$readme" "$copy"; then
    echo "reference.sh: $readme differs from the plugin's tables; rewrite it: cmake --build BUILD --target reference" >&2
    stale=1
  fi
done
exit $stale
