//! The large image that benchmarks scan: eight layers from real package registries.
//!
//! Versions are pinned, files are sorted and have no time or owner of this
//! machine, so that the same registries give the same image.

use crate::run::{shell, testkit};
use anyhow::{Context as _, Result};
use batten_model::Digest;
use sha2::{Digest as _, Sha256};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Where the image lies.
pub(crate) struct BenchImage {
    /// Docker archive whose layers are plain tar.
    pub(crate) plain: PathBuf,
    /// The same with gzip layers.
    pub(crate) gzip: PathBuf,
}

/// One layer: its name and the script that fills the folder `root`.
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) script: &'static str,
}

const STEPS: &[Step] = &[
    Step {
        name: "1-base",
        script: "debootstrap --variant=minbase --include=build-essential,git,openjdk-17-jre-headless,imagemagick,curl,\
python3-dev,postgresql-client,vim,ffmpeg,libboost-dev bookworm root
rm -rf root/var/cache/apt/archives/*.deb root/var/cache/ldconfig/* root/var/log/* root/var/lib/apt/lists/* root/debootstrap
rm -rf root/dev root/proc root/sys root/run && mkdir root/dev root/proc root/sys root/run",
    },
    Step {
        name: "2-node",
        script: "mkdir -p root/srv/web && cd root/srv/web
cp \"$XTASK_BENCH/package.json\" \"$XTASK_BENCH/package-lock.json\" .
npm ci --silent --ignore-scripts --no-audit --no-fund",
    },
    Step {
        name: "3-python",
        script: "mkdir -p root/usr/local/lib/python3.11/dist-packages
pip install -q --disable-pip-version-check --no-compile --no-deps --target root/usr/local/lib/python3.11/dist-packages \
-r \"$XTASK_BENCH/requirements.txt\"",
    },
    Step {
        name: "4-go",
        script: "mkdir -p root/usr/local/bin
export GOBIN=$PWD/root/usr/local/bin GOFLAGS='-trimpath' CGO_ENABLED=0
go install github.com/caddyserver/caddy/v2/cmd/caddy@v2.7.4
go install github.com/go-task/task/v3/cmd/task@v3.30.1
CGO_ENABLED=1 go install github.com/opencontainers/runc@v1.1.11",
    },
    Step {
        name: "5-rust",
        script: "mkdir -p root/usr/local
export CARGO_TARGET_DIR=$PWD/target
command -v cargo-auditable >/dev/null || cargo install -q --locked cargo-auditable
cargo auditable install -q --locked --root root/usr/local ripgrep@14.1.0
rm -rf root/usr/local/.crates* target",
    },
    Step {
        name: "6-java",
        script: "mkdir -p root/opt/app build && cp \"$XTASK_BENCH/pom.xml\" build/
(cd build && mkdir -p src/main/java/app && printf 'package app; public class App { public static void main(String[] a) { } }' > src/main/java/app/App.java && mvn -q -B package)
cp build/target/*.jar root/opt/app/app.jar",
    },
    Step {
        name: "7-more",
        script: "mkdir -p root/srv/extra && cd root/srv/extra
head -c 200000000 /dev/zero | openssl enc -aes-128-ctr -pass pass:batten -nosalt -pbkdf2 2>/dev/null > noise.bin
for i in $(seq 1 20000); do mkdir -p d$((i % 200)); printf '%s' \"$i\" > d$((i % 200))/f$i; done",
    },
    Step {
        name: "8-whiteouts",
        script: "mkdir -p root/srv/extra root/srv/web/node_modules
touch root/srv/extra/.wh.noise.bin root/srv/web/node_modules/.wh.express",
    },
];

/// Debian's minimal base.
pub(crate) const SMALL: Step = Step {
    name: "small",
    script: "debootstrap --variant=minbase bookworm root
rm -rf root/var/cache/apt/archives/*.deb root/var/cache/ldconfig/* root/var/log/* root/var/lib/apt/lists/* root/debootstrap
rm -rf root/dev root/proc root/sys root/run && mkdir root/dev root/proc root/sys root/run",
};

/// Makes what is not there yet.
pub(crate) fn make() -> Result<BenchImage> {
    let home = testkit()?.join("bench-image");
    let image = BenchImage { plain: home.join("image.tar"), gzip: home.join("image-gzip.tar") };
    if image.plain.exists() && image.gzip.exists() {
        return Ok(image);
    }
    for step in STEPS {
        make_layer(&home, step)?;
    }
    write_archive(&home, STEPS, &image.plain, false, "/srv")?;
    write_archive(&home, STEPS, &image.gzip, true, "/srv")?;
    Ok(image)
}

/// Runs a step in a folder of its own and packs what it made.
pub(crate) fn make_layer(home: &Path, step: &Step) -> Result<()> {
    let folder = home.join(step.name);
    if folder.join("layer.tar").exists() {
        return Ok(());
    }
    println!("layer {}", step.name);
    let bench = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench");
    shell(
        &folder,
        &format!(
            "export XTASK_BENCH={}\nrm -rf root\n({})\n\
             tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C root -cf .layer.tar .\n\
             mv .layer.tar layer.tar && rm -rf root build",
            bench.display(),
            step.script
        ),
    )
}

/// A small image: Debian's minimal base as one layer.
pub(crate) fn small() -> Result<PathBuf> {
    let home = testkit()?.join("bench-image");
    let target = home.join("small.tar");
    if !target.exists() {
        make_layer(&home, &SMALL)?;
        write_archive(&home, &[SMALL], &target, false, "/")?;
    }
    Ok(target)
}

/// Writes a docker archive (`manifest.json`, configuration, one folder for each layer).
pub(crate) fn write_archive(
    home: &Path,
    steps: &[Step],
    target: &Path,
    gzip: bool,
    working_dir: &str,
) -> Result<()> {
    let stage = home.join("stage");
    let _ = fs::remove_dir_all(&stage);
    fs::create_dir_all(&stage)?;
    let (mut diff_ids, mut layers) = (Vec::new(), Vec::new());
    for step in steps {
        let layer = home.join(step.name).join("layer.tar");
        diff_ids.push(sha256(&layer)?);
        let name = format!("{}/layer.tar", step.name);
        fs::create_dir_all(stage.join(step.name))?;
        if gzip {
            shell(&stage, &format!("gzip -n -6 < {} > {name}", layer.display()))?;
        } else {
            fs::hard_link(&layer, stage.join(&name))?;
        }
        layers.push(name);
    }
    let history: Vec<_> = steps.iter().map(|s| serde_json::json!({"created_by": s.name})).collect();
    let config = serde_json::json!({
        "architecture": "amd64", "os": "linux", "created": "2024-06-01T00:00:00Z",
        "config": {"WorkingDir": working_dir, "Env": ["PATH=/usr/bin:/bin"]},
        "rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": history,
    });
    let config = serde_json::to_vec(&config)?;
    let config_name = format!("{}.json", Digest::sha256_of(&config).hex());
    fs::write(stage.join(&config_name), &config)?;
    let manifest =
        serde_json::json!([{"Config": config_name, "RepoTags": ["batten/bench:latest"], "Layers": layers}]);
    fs::write(stage.join("manifest.json"), serde_json::to_vec(&manifest)?)?;
    let partial = target.with_extension("partial");
    shell(
        &stage,
        &format!(
            "tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf {} *",
            partial.display()
        ),
    )?;
    fs::rename(&partial, target)?;
    fs::remove_dir_all(&stage)?;
    Ok(())
}

fn sha256(path: &Path) -> Result<Digest> {
    let mut file = File::open(path).with_context(|| path.display().to_string())?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        hash.update(buffer.get(..read).unwrap_or_default());
    }
    Ok(Digest::from_sha256(&hash.finalize()))
}
