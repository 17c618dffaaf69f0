#!/usr/bin/env bash
# What sdk/README.md tells a new author, done to the letter with only the installed package: its commands run, and
# its first plugin builds and passes the whole validator.
#   bash tests/e2e/newcomer.sh BUILD
set -euo pipefail
build=$(realpath "$1")
readme=$(realpath "$(dirname "$0")/../../sdk/README.md")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset ANSATZ_PLUGIN_PATH

fail() { echo "newcomer.sh: $*" >&2; exit 1; }
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "failed: $*"; }; }

prefix=$work/ansatz
quietly cmake --install "$build" --prefix "$prefix"
export PATH=$prefix/bin:$PATH
mkdir "$work/home" && cd "$work/home"

# The indented block that starts with `ansatz plugin new`; comments off, the prefix put in.
awk '/^    ansatz plugin new/ {inside = 1} inside && !/^    / {exit} inside' "$readme" |
  sed -e 's/^    //' -e 's/  *#.*$//' -e "s|~/ansatz|$prefix|" >commands
[ "$(wc -l <commands)" -ge 5 ] || fail "the README has no block of commands"
while read -r command; do
  quietly bash -c "$command"
  echo "ran: ${command//$prefix/\~\/ansatz}"
done <commands

# The plugin of the first page, in the place of the template's.
quietly ansatz plugin new mean
awk '/^```cpp/ {inside = 1; next} /^```/ && inside {exit} inside' "$readme" >mean/mean.cpp
grep -q '^ANSATZ_PLUGIN("mean"' mean/mean.cpp || fail "the README has no plugin"
quietly cmake -S mean -B mean-build
quietly cmake --build mean-build
quietly ansatz plugin validate mean-build/mean.ansatz.so --level 3
echo "built and validated: the plugin of the first page"
