#!/usr/bin/env bash
# Installs what building Batten needs beside the Rust toolchain: a C compiler (for zstd and ring), and clang with
# libbpf's headers for the eBPF programs of the sensor. A released source carries those compiled.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
command -v cc >/dev/null || missing+=(gcc libc6-dev)
command -v make >/dev/null || missing+=(make)
carried=(crates/sensor/bpf/sensor.*.bpf.o)
if [ ! -e "${carried[0]}" ]; then
  command -v "${BATTEN_BPF_CLANG:-clang}" >/dev/null || missing+=(clang)
  command -v llvm-strip >/dev/null || missing+=(llvm)
  [ -e /usr/include/bpf/bpf_helpers.h ] || missing+=(libbpf-dev)
fi
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
