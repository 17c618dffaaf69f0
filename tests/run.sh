#!/usr/bin/env bash
# Install what is missing, build everything, and run all tests but those labelled slow.
set -euo pipefail
cd "$(dirname "$0")/.."

bash host/install.sh build test data
cmake -S . -B build/tests -G Ninja -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build build/tests --parallel -- --quiet
ctest --test-dir build/tests --parallel "$(nproc)" --output-on-failure --no-tests=error -LE slow "$@"
