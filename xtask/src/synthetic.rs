//! Images of any size for the growth curve: docker archives whose layers are made here, entry by entry.

use anyhow::Result;
use batten_model::Digest;
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The shape of a made image.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// Layers.
    pub(crate) layers: usize,
    /// Small files over all layers.
    pub(crate) files: usize,
    /// Installed deb packages, in the last layer's package database.
    pub(crate) packages: usize,
}

/// Writes the image where it is not there yet.
pub(crate) fn image(folder: &Path, shape: Shape) -> Result<PathBuf> {
    let target = folder.join(format!("{}-{}-{}.tar", shape.layers, shape.files, shape.packages));
    if target.exists() {
        return Ok(target);
    }
    std::fs::create_dir_all(folder)?;
    let partial = target.with_extension("partial");
    let mut archive = tar::Builder::new(std::io::BufWriter::new(std::fs::File::create(&partial)?));
    let (mut diff_ids, mut names) = (Vec::new(), Vec::new());
    for index in 0..shape.layers {
        let layer = layer(shape, index)?;
        diff_ids.push(Digest::sha256_of(&layer).to_string());
        let name = format!("l{index}/layer.tar");
        append(&mut archive, &name, &layer)?;
        names.push(name);
    }
    let config = serde_json::json!({
        "architecture": "amd64", "os": "linux", "config": {},
        "rootfs": {"type": "layers", "diff_ids": diff_ids},
        "history": names.iter().map(|n| serde_json::json!({"created_by": n})).collect::<Vec<_>>(),
    });
    let config = serde_json::to_vec(&config)?;
    let config_name = format!("{}.json", Digest::sha256_of(&config).hex());
    append(&mut archive, &config_name, &config)?;
    let manifest =
        serde_json::json!([{"Config": config_name, "RepoTags": ["batten/made:1"], "Layers": names}]);
    append(&mut archive, "manifest.json", &serde_json::to_vec(&manifest)?)?;
    archive.into_inner()?.flush()?;
    std::fs::rename(&partial, &target)?;
    Ok(target)
}

fn layer(shape: Shape, index: usize) -> Result<Vec<u8>> {
    let mut builder = tar::Builder::new(Vec::new());
    if index == 0 {
        append(&mut builder, "etc/os-release", b"ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian 12\"\n")?;
    }
    let files = shape.files / shape.layers;
    for file in 0..files {
        append(&mut builder, &format!("srv/l{index}/d{}/f{file}.txt", file % 1_000), b"content\n")?;
    }
    if index + 1 == shape.layers {
        append(&mut builder, "var/lib/dpkg/status", status(shape.packages)?.as_bytes())?;
    }
    Ok(builder.into_inner()?)
}

fn status(packages: usize) -> Result<String> {
    let mut text = String::new();
    for index in 0..packages {
        write!(
            text,
            "Package: made-{index}\nStatus: install ok installed\nArchitecture: amd64\nSource: made\nVersion: 1.{}-1\n\n",
            index % 100
        )?;
    }
    Ok(text)
}

fn append<W: Write>(builder: &mut tar::Builder<W>, path: &str, content: &[u8]) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    header.set_cksum();
    builder.append_data(&mut header, path, content)?;
    Ok(())
}
