#!/usr/bin/env bash
# Install what is missing, build, and run the main job on real data.  With ANSATZ=PATH that executable runs it.
set -euo pipefail
cd "$(dirname "$0")/.."

ansatz=${ANSATZ:-build/release/bin/ansatz}
if [ -z "${ANSATZ:-}" ]; then
  bash host/install.sh build data
  cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF >/dev/null
  cmake --build build/release --parallel -- --quiet
fi

for pipeline in configs/fashion-ridge.yaml configs/digits-ridge.yaml; do
  echo "\$ ansatz run $pipeline -j 2"
  archive=$("$ansatz" run "$pipeline" -j 2)
  echo "$archive"
  echo "\$ ansatz verify $archive"
  "$ansatz" verify "$archive"
done
echo "\$ ansatz show $archive steps/error/outputs/confusion"
"$ansatz" show "$archive" steps/error/outputs/confusion
