#!/usr/bin/env bash
# Installs what building Batten needs: a C compiler (for zstd and ring) beside the Rust toolchain.
set -euo pipefail

missing=()
command -v cc >/dev/null || missing+=(gcc libc6-dev)
command -v make >/dev/null || missing+=(make)
if [ "${#missing[@]}" -gt 0 ]; then
  if ! command -v apt-get >/dev/null; then
    echo "batten: building needs ${missing[*]}; install them with this system's package manager" >&2
    exit 1
  fi
  export DEBIAN_FRONTEND=noninteractive
  sudo=""
  [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}" ca-certificates >/dev/null
fi
command -v cargo >/dev/null || {
  echo "batten: no cargo on the PATH; install Rust 1.95 or newer (https://rustup.rs)" >&2
  exit 1
}
