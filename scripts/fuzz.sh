#!/usr/bin/env bash
# Builds every fuzz target on stable and runs each for some seconds. usage: scripts/fuzz.sh SECONDS
# A short run begins with the same numbers each time, so that what it finds is found again; a long one does not.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?usage: scripts/fuzz.sh SECONDS}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}/fuzz
cargo fuzz build --sanitizer none 2>&1 | tail -n 3
seed=$([ -n "${BATTEN_FULL:-}" ] && echo 0 || echo 1)
failed=0 passed=0
for target in $(cargo fuzz list); do
  if cargo fuzz run --sanitizer none "$target" -- -seed="$seed" -max_total_time="$seconds" -rss_limit_mb=1024 -timeout=10 -verbosity=0 >"/tmp/fuzz-$target.log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "fuzz target $target failed:"
    tail -n 30 "/tmp/fuzz-$target.log"
  fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
