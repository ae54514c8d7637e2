#!/usr/bin/env bash
# Renews the starter database from the feeds under $BATTEN_SHARED/data. Facts only; a source whose licence is unclear
# (Ubuntu's tracker) stays out and comes by `batten db update`. NOTICE names the sources.
set -euo pipefail
cd "$(dirname "$0")/.."
shared=${BATTEN_SHARED:-../shared}
mkdir -p crates/advisory/starter
target/release/batten db build "$shared/data/osv" "$shared/data/alpine-secdb" "$shared/data/debian-tracker" \
  "$shared/data/kev" "$shared/data/epss" --without Ubuntu --partial npm --partial Maven --starter --output crates/advisory/starter/starter.battendb
ls -l crates/advisory/starter/starter.battendb
