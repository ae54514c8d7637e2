//! Compiles the eBPF programs, or takes the object that a released source carries.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

const MISSING: &str = "the sensor's eBPF programs are compiled by clang, which was not found or failed.\n\
    Install clang, llvm and libbpf's headers (Debian and Ubuntu: apt-get install clang llvm libbpf-dev;\n\
    Fedora: dnf install clang llvm libbpf-devel), or name another compiler in BATTEN_BPF_CLANG.\n\
    scripts/build-deps.sh installs them. A released source carries the compiled object and needs no clang.";

fn main() -> ExitCode {
    println!("cargo:rerun-if-changed=bpf");
    println!("cargo:rerun-if-env-changed=BATTEN_BPF_CLANG");
    let (Some(out), Some(arch)) = (std::env::var_os("OUT_DIR"), std::env::var("CARGO_CFG_TARGET_ARCH").ok())
    else {
        return ExitCode::FAILURE;
    };
    for name in ["sensor", "probe"] {
        let object = PathBuf::from(&out).join(format!("{name}.bpf.o"));
        let carried = PathBuf::from("bpf").join(format!("{name}.{arch}.bpf.o"));
        if carried.exists() && std::fs::copy(&carried, &object).is_ok() {
            continue;
        }
        if let Err(why) = compile(&arch, name, &object) {
            println!("cargo::error={}", format!("{why}\n{MISSING}").replace('\n', "\ncargo::error="));
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn compile(arch: &str, name: &str, object: &Path) -> Result<(), String> {
    let (macro_name, triple) = match arch {
        "x86_64" => ("__TARGET_ARCH_x86", "x86_64-linux-gnu"),
        "aarch64" => ("__TARGET_ARCH_arm64", "aarch64-linux-gnu"),
        other => return Err(format!("the sensor has no programs for {other}: x86_64 and aarch64 only")),
    };
    let clang = std::env::var("BATTEN_BPF_CLANG").unwrap_or_else(|_| "clang".to_owned());
    let output = Command::new(&clang)
        .args(["-g", "-O2", "-target", "bpf", "-mcpu=v3", "-Wall", "-Werror", "-Wno-unused-function"])
        .arg(format!("-D{macro_name}"))
        .arg(format!("-I/usr/include/{triple}"))
        .arg("-c")
        .arg(format!("bpf/{name}.bpf.c"))
        .arg("-o")
        .arg(object)
        .output()
        .map_err(|error| format!("{clang}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{clang}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    // Without its debug sections the object is a tenth of the size; what the loader needs (BTF) stays.
    let stripped = Command::new("llvm-strip").arg("-g").arg(object).status();
    match stripped {
        Ok(status) if status.success() => Ok(()),
        _ => Err("llvm-strip: not found or failed".to_owned()),
    }
}
