#!/usr/bin/env bash
# The whole check, in the order in which a failure is cheapest. BATTEN_FULL=1 runs it at full size.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n=== %s\n' "$*"; }

step "format"
cargo fmt --all --check
step "lints"
cargo clippy --locked --workspace --all-targets -- -D warnings
step "licences and advisories of dependencies"
scripts/deny.sh
step "documentation builds"
# Private items are documented too, so that a link to one is no mistake.
RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" cargo doc -q --locked --workspace --no-deps --document-private-items
step "tests"
cargo test --locked --workspace
step "acceptance"
cargo build -q --locked --release -p batten
make --no-print-directory accept-scan
step "fuzzing"
scripts/fuzz.sh "$([ -n "${BATTEN_FULL:-}" ] && echo 60 || echo 2)"
printf '\nall checks passed\n'
