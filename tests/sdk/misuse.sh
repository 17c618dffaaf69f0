#!/usr/bin/env bash
# What must not compile does not, with a message that says why.
#   bash tests/sdk/misuse.sh COMPILER OPTIONS...
set -euo pipefail
source=$(dirname "$0")/misuse.cpp
compile() { "$@" -std=c++20 -fsyntax-only -Wno-unused -DCASE="$case" "$source" 2>&1; }

for case in 0 13; do
  compile "$@" || { echo "misuse.sh: the sound plugin $case does not compile" >&2; exit 1; }
done

# CASE and what the compiler must say.
while read -r case message; do
  if output=$(compile "$@"); then
    echo "misuse.sh: case $case compiles" >&2; exit 1
  fi
  grep -qF -- "$message" <<<"$output" ||
    { echo "$output"; echo "misuse.sh: case $case is refused without '$message'" >&2; exit 1; }
done <<'CASES'
1 needs a public `void state(Archive&)`
2 needs a public `void state(Archive&)`
3 elements are double, float
4 elements are double, float
5 use std::vector<std::uint8_t>
6 elements are double, float
7 needs at least one model
8 constant
9 give other types a state() of their own
10 needs a public member `Config config`
11 a verb returns nothing, or bool
12 a verb is void f(Session&)
CASES
