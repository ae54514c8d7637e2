#!/usr/bin/env bash
# Installs what the tests need: real package managers, a real registry, a real browser, and the tools that Batten is
# compared with. What is there already is left alone; everything else lies under $BATTEN_TESTKIT.
set -euo pipefail
testkit=${BATTEN_TESTKIT:-$HOME/.cache/batten-testkit}
bin=$testkit/bin
mkdir -p "$bin"

say() { printf '== %s\n' "$*"; }

system_packages() {
  local wanted=(
    binutils bpftool busybox-static chromium db5.3-util debootstrap docker-registry fonts-noto-cjk jq rpm ruby runc
    skopeo umoci xz-utils zstd
  )
  local missing=() package
  for package in "${wanted[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

rust_tools() {
  command -v cargo-deny >/dev/null || { say "building cargo-deny"; cargo install -q --locked cargo-deny@0.20.2; }
  command -v cargo-fuzz >/dev/null || { say "building cargo-fuzz"; cargo install -q --locked cargo-fuzz; }
}

# Syft from its own Python package; `packaging` is pip's version order; the official schemas lie in the others.
python_tools() {
  local venv=$testkit/venv
  [ -x "$venv/bin/python" ] || python3 -m venv "$venv"
  "$venv/bin/python" - <<'PY' 2>/dev/null && [ -x "$venv/bin/syft" ] && return 0
import cyclonedx, jsonschema, packaging
PY
  say "installing Python tools"
  "$venv/bin/pip" install -q --disable-pip-version-check -r scripts/requirements-test.txt
}

node_tools() {
  [ -d "$testkit/node/node_modules/semver" ] && return 0
  say "installing Node tools"
  mkdir -p "$testkit/node"
  (cd "$testkit/node" && npm install --silent --no-audit --no-fund --prefix . semver@7.7.2 >/dev/null)
}

# The official schemas of CycloneDX and SARIF lie inside of a Python package and of a Rust crate.
schemas() {
  local folder=$testkit/schemas source
  [ -f "$folder/sarif-2.1.0.json" ] && [ -f "$folder/bom-1.6.json" ] && return 0
  say "copying schemas"
  mkdir -p "$folder/.crate/src"
  source=$(echo "$testkit"/venv/lib/python3*/site-packages/cyclonedx/schema/_res)
  cp "$source/spdx.SNAPSHOT.schema.json" "$folder/spdx.json"
  cp "$source/jsf-0.82.SNAPSHOT.schema.json" "$folder/jsf-0.82.json"
  cp "$source/bom-1.6.SNAPSHOT.schema.json" "$folder/bom-1.6.json"
  printf '[package]\nname = "schemas"\nedition = "2024"\n[dependencies]\nserde-sarif = "=0.8.0"\n[workspace]\n' >"$folder/.crate/Cargo.toml"
  touch "$folder/.crate/src/lib.rs"
  source=$(cd "$folder/.crate" && cargo metadata -q --format-version 1 |
    jq -r '.packages[] | select(.name == "serde-sarif") | .manifest_path')
  cp "$(dirname "$source")/src/schema.json" "$folder/sarif-2.1.0.json"
}

# Maven's own version order, newer than what distributions have.
java_tools() {
  [ -f "$testkit/java/maven-artifact-3.9.11.jar" ] && return 0
  say "fetching maven-artifact"
  mvn -q org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
    -Dartifact=org.apache.maven:maven-artifact:3.9.11 "-DoutputDirectory=$testkit/java" >/dev/null
}

# go_tool NAME MODULE VERSION PACKAGE [GOEXPERIMENT]: a module of our own that requires the tool.
go_tool() {
  [ -x "$bin/$1" ] && return 0
  say "building $1 $3"
  local folder=$testkit/src/$1
  mkdir -p "$folder"
  (
    cd "$folder"
    [ -f go.mod ] || GOFLAGS='' go mod init "testkit/$1" >/dev/null 2>&1
    export GOFLAGS=-mod=mod GOEXPERIMENT=${5:-}
    go get -tool "$4@$3" >/dev/null 2>&1
    go build -trimpath -ldflags='-s -w' -o "$bin/.$1" "$4"
    mv "$bin/.$1" "$bin/$1"
  )
}

system_packages
rust_tools
python_tools
schemas
node_tools
java_tools
go_tool osv-scanner github.com/google/osv-scanner/v2 v2.5.0 github.com/google/osv-scanner/v2/cmd/osv-scanner
go_tool trivy github.com/aquasecurity/trivy v0.74.0 github.com/aquasecurity/trivy/cmd/trivy jsonv2
if [ -n "${BATTEN_FULL:-}" ]; then
  go_tool grype github.com/anchore/grype v0.104.0 github.com/anchore/grype/cmd/grype
fi
