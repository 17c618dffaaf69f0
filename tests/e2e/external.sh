#!/usr/bin/env bash
# A plugin outside the tree: install the build in BUILD, compile the plugin against it with several compilers
# and options, and run it in the installed host.
#   bash tests/e2e/external.sh BUILD
set -euo pipefail
build=$(realpath "$1")
source=$(realpath "$(dirname "$0")/external")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset ANSATZ_PLUGIN_PATH

fail() { echo "external.sh: $*" >&2; exit 1; }
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "failed: $*"; }; }

prefix=$work/prefix
quietly cmake --install "$build" --prefix "$prefix"
ansatz=$prefix/bin/ansatz
for file in bin/ansatz include/ansatz/plugin.hpp lib/cmake/Ansatz/AnsatzConfig.cmake \
            lib/ansatz/plugins/prepare.ansatz.so share/ansatz/configs; do
  [ -e "$prefix/$file" ] || fail "the installation has no $file"
done

# NAME COMPILER OPTIONS
try() {
  local folder=$work/$1
  quietly cmake -S "$source" -B "$folder" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_CXX_COMPILER="$2" -DCMAKE_CXX_FLAGS="$3"
  quietly cmake --build "$folder"
  local exported
  exported=$(nm -D --defined-only "$folder/centroid.ansatz.so" | awk '{print $3}')
  [ "$exported" = ansatz_plugin_v1 ] || fail "$1: exports '$exported'"
  "$ansatz" plugin list --plugin-path "$folder" | grep -q '^centroid  *1\.0\.0 ' || fail "$1: is not listed"
  (cd "$folder" && "$ansatz" run "$source/blobs.yaml" --plugin-path "$folder" >archive 2>log) ||
    { cat "$folder/log" >&2; fail "$1: the run failed"; }
  "$ansatz" verify "$(cd "$folder" && realpath "$(cat archive)")" >/dev/null || fail "$1: the archive is damaged"
  echo "$1: built with $2 $3, listed, run and verified"
}

try plain "${CXX:-g++}" "-Wall -Wextra -Wpedantic -Werror"
try native "${CXX:-g++}" "-O3 -march=native"
if command -v clang++-14 >/dev/null; then
  try clang clang++-14 "-Wall -Wextra -Wpedantic -Werror"
else
  echo "clang: skipped, there is no clang++-14"
fi

/usr/bin/python3 "$(dirname "$0")/readme.py" "$build" "$prefix" || fail "README.md is not true"

# Options that change results are refused when configuring, with the reason.
if cmake -S "$source" -B "$work/fast" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_FLAGS=-ffast-math \
     >"$work/log" 2>&1; then
  fail "-ffast-math was not refused"
fi
grep -q "CMAKE_CXX_FLAGS has -ffast-math" "$work/log" || { cat "$work/log" >&2; fail "-ffast-math: no reason"; }
echo "fast-math: refused"
