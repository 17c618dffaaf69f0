#!/usr/bin/env bash
# Each plugin in FOLDER exports the one data symbol that the host looks for, and nothing else.
set -euo pipefail
folder=$1
found=0
for plugin in "$folder"/*.ansatz.so; do
  [ -e "$plugin" ] || break
  found=$((found + 1))
  exported=$(nm -D --defined-only "$plugin" | awk '{print $2, $3}')
  if [ "$exported" != "D ansatz_plugin_v1" ]; then
    printf '%s exports more or less than the symbol ansatz_plugin_v1:\n%s\n' "$plugin" "$exported" >&2
    exit 1
  fi
done
if [ "$found" = 0 ]; then
  echo "there are no plugins in $folder" >&2
  exit 1
fi
echo "$found plugins export one symbol each"
