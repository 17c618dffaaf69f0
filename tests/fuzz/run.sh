#!/usr/bin/env bash
# Feed the front end generated pipelines for some seconds; what breaks it is left in BUILD/findings.
#   bash tests/fuzz/run.sh BUILD SECONDS
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1 seconds=$2
cmake -S "$here/../.." --preset fuzz -B "$build" >/dev/null
cmake --build "$build" --target fuzz_pipeline --parallel 2 -- --quiet
mkdir -p "$build/corpus" "$build/findings"
export ASAN_OPTIONS=quarantine_size_mb=16:allocator_may_return_null=0
# What may take 1 s and 256 MiB plain may take some times that under the sanitizers.
"$build/bin/fuzz_pipeline" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=768 -malloc_limit_mb=256 \
  -max_len=65536 -dict="$here/pipeline.dict" -artifact_prefix="$build/findings/" -print_final_stats=1 \
  "$build/corpus" "$here/corpus" "$here/../../configs" 2>&1 | tail -25
