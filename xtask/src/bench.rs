//! `make bench`: Batten beside the tools that it replaces, in the same run on the same input.

use crate::measure::{Contender, Cost, compare};
use crate::{bench_image, curve, peers};
use anyhow::{Context as _, Result, bail};
use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Counted rounds; BENCH_RUNS sets another number.
fn runs() -> usize {
    std::env::var("BENCH_RUNS").ok().and_then(|value| value.parse().ok()).unwrap_or(5)
}

/// The parts of the page.
const SECTIONS: &[&str] = &["large", "gzip", "small", "quick", "growth"];

/// Runs everything and writes `docs/benchmarks.md`; with names of sections only prints these.
pub(crate) fn run(only: &[String]) -> Result<()> {
    if let Some(unknown) = only.iter().find(|name| !SECTIONS.contains(&name.as_str())) {
        bail!("unknown section {unknown:?}: {}", SECTIONS.join(", "));
    }
    let wanted = |name: &str| only.is_empty() || only.iter().any(|only| only == name);
    let image = bench_image::make()?;
    let mut page = String::new();
    writeln!(page, "# Benchmarks\n")?;
    writeln!(
        page,
        "Made by `make bench`; medians over {} interleaved rounds after a warm-up. Figures of time hold for this",
        runs()
    )?;
    writeln!(page, "machine on this day; ratios travel better. {}\n", machine()?)?;
    if wanted("large") {
        large(&mut page, &image.plain)?;
    }
    if wanted("gzip") {
        gzip(&mut page, &image.gzip)?;
    }
    if wanted("small") {
        small(&mut page)?;
    }
    if wanted("quick") {
        quick(&mut page, &image.plain)?;
    }
    if wanted("growth") {
        curve::run(&mut page)?;
    }
    if only.is_empty() {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/benchmarks.md");
        fs::write(&target, &page)?;
    }
    println!("{page}");
    Ok(())
}

fn machine() -> Result<String> {
    let model = fs::read_to_string("/proc/cpuinfo")?
        .lines()
        .find_map(|line| {
            line.strip_prefix("model name").map(|rest| rest.trim_start_matches([' ', '\t', ':']).to_owned())
        })
        .unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism()?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let date = String::from_utf8(Command::new("date").arg("-u").arg("+%Y-%m-%d").output()?.stdout)?;
    Ok(format!("Measured on {}: {cores} cores of {model}, Linux {}.", date.trim(), kernel.trim()))
}

fn path_text(path: &Path) -> Result<String> {
    path.to_str().map(str::to_owned).context("a path of this machine is no UTF-8")
}

fn batten(name: &str, arguments: &[&str]) -> Contender {
    let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
    Contender::new(name, move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        peers::batten_command(&arguments)
    })
}

fn large(page: &mut String, archive: &Path) -> Result<()> {
    let path = path_text(archive)?;
    let size = fs::metadata(archive)?.len() as f64 / 1e9;
    writeln!(page, "## Large image, cold\n")?;
    writeln!(
        page,
        "A docker archive of {size:.1} GB, eight plain tar layers, made by `make bench-image`. Batten gives inventory"
    )?;
    writeln!(page, "*and* vulnerabilities; Trivy and Syft give their SBOM alone.\n")?;
    let (for_trivy, for_syft) = (archive.to_path_buf(), archive.to_path_buf());
    let rows = compare(
        &[
            batten("batten scan", &["scan", "image", &path, "--no-cache", "--format", "json"]),
            Contender::new("trivy (SBOM)", move || peers::trivy_sbom(&for_trivy)),
            Contender::new("syft (SBOM)", move || peers::syft_json(&for_syft)),
        ],
        runs(),
    )?;
    table(page, &rows)
}

fn small(page: &mut String) -> Result<()> {
    let archive = bench_image::small()?;
    let path = path_text(&archive)?;
    writeln!(page, "## Small image, cold\n")?;
    writeln!(
        page,
        "A docker archive of {} MB with Debian's minimal base.\n",
        fs::metadata(&archive)?.len() / 1_000_000
    )?;
    let (for_trivy, for_syft) = (archive.clone(), archive);
    let rows = compare(
        &[
            batten("batten scan", &["scan", "image", &path, "--no-cache", "--format", "json"]),
            Contender::new("trivy (SBOM)", move || peers::trivy_sbom(&for_trivy)),
            Contender::new("syft (SBOM)", move || peers::syft_json(&for_syft)),
        ],
        runs(),
    )?;
    table(page, &rows)
}

fn gzip(page: &mut String, archive: &Path) -> Result<()> {
    let path = path_text(archive)?;
    writeln!(page, "## Gzip layers\n")?;
    writeln!(
        page,
        "The same image with gzip layers, beside the floor: decompressing and hashing the layers on all cores with the"
    )?;
    writeln!(page, "same libraries, and nothing else.\n")?;
    let this = std::env::current_exe()?;
    let archive = archive.to_path_buf();
    let rows = compare(
        &[
            batten("batten scan", &["scan", "image", &path, "--no-cache", "--format", "json"]),
            Contender::new("floor", move || {
                let mut command = Command::new(&this);
                command.arg("gunzip-floor").arg(&archive);
                Ok(command)
            }),
        ],
        runs(),
    )?;
    table(page, &rows)
}

/// Decompresses and hashes all gzip layers of a docker archive on all cores: what the `gunzip-floor` chore does.
pub(crate) fn gunzip_floor(archive: &Path) -> Result<()> {
    let layers = gzip_members(archive)?;
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || -> Result<()> {
        loop {
            let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some((offset, size)) = layers.get(index) else { return Ok(()) };
            let mut file = File::open(archive)?;
            file.seek(SeekFrom::Start(*offset))?;
            let mut compressed = Sha256::new();
            let tee = Tee { inner: file.take(*size), hash: &mut compressed };
            let mut decoder = MultiGzDecoder::new(BufReader::with_capacity(1 << 18, tee));
            let mut plain = Sha256::new();
            let mut buffer = vec![0; 1 << 18];
            loop {
                let read = decoder.read(&mut buffer)?;
                if read == 0 {
                    break;
                }
                plain.update(buffer.get(..read).unwrap_or_default());
            }
        }
    };
    let threads = std::thread::available_parallelism()?.get();
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        handles.into_iter().try_for_each(|h| h.join().map_err(|_| anyhow::anyhow!("a thread failed"))?)
    })
}

struct Tee<'a, R> {
    inner: R,
    hash: &'a mut Sha256,
}

impl<R: Read> Read for Tee<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// Offset and size of each `layer.tar` in an archive, by GNU tar's own listing of blocks.
fn gzip_members(archive: &Path) -> Result<Vec<(u64, u64)>> {
    let output = Command::new("tar")
        .arg("--list")
        .arg("--verbose")
        .arg("--block-number")
        .arg("-f")
        .arg(archive)
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let mut members: Vec<(u64, u64)> = Vec::new();
    for line in text.lines().filter(|line| line.ends_with("layer.tar")) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let block: u64 = words.get(1).context("no block")?.trim_end_matches(':').parse()?;
        let size: u64 = words.get(4).context("no size")?.parse()?;
        members.push(((block + 1) * 512, size));
    }
    members.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    Ok(members)
}

fn quick(page: &mut String, archive: &Path) -> Result<()> {
    let path = path_text(archive)?;
    let cache = crate::run::testkit()?.join("batten-cache");
    let cache_text = path_text(&cache)?;
    let packages = two_thousand_packages()?;
    let packages = path_text(&packages)?;
    writeln!(page, "## What people wait for\n")?;
    let rows = compare(
        &[
            batten(
                "known layers: the large image again",
                &["scan", "image", &path, "--cache-dir", &cache_text, "--format", "json"],
            ),
            batten("start-up: --version", &["--version"]),
            batten(
                "lock file of 2,000 packages: inventory alone",
                &["sbom", "fs", &packages, "--format", "json"],
            ),
            batten("the same with findings", &["scan", "fs", &packages, "--format", "json"]),
        ],
        runs(),
    )?;
    table(page, &rows)?;
    let shared = std::env::var("BATTEN_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let data = PathBuf::from(shared).join("data");
    if !data.exists() {
        writeln!(page, "Building the database was NOT RUN: {} is missing.\n", data.display())?;
        return Ok(());
    }
    let target = crate::run::testkit()?.join("bench.db");
    let (data, target) = (path_text(&data)?, path_text(&target)?);
    let rows = compare(
        &[batten("database: build from all feeds", &["db", "build", &data, "--output", &target])],
        1,
    )?;
    table(page, &rows)?;
    writeln!(page, "The database built has {} MB.\n", fs::metadata(&target)?.len() / 1_000_000)?;
    Ok(())
}

/// Python packages that have advisories, as applications use them.
const KNOWN: &[&str] = &[
    "aiohttp",
    "ansible",
    "apache-airflow",
    "bleach",
    "celery",
    "certifi",
    "cryptography",
    "django",
    "djangorestframework",
    "fastapi",
    "flask",
    "gitpython",
    "gradio",
    "gunicorn",
    "httpx",
    "idna",
    "jinja2",
    "jupyterlab",
    "keras",
    "lxml",
    "mako",
    "markdown",
    "mlflow",
    "nltk",
    "notebook",
    "numpy",
    "oauthlib",
    "paramiko",
    "pillow",
    "pip",
    "protobuf",
    "pygments",
    "pyjwt",
    "pyyaml",
    "requests",
    "scikit-learn",
    "scrapy",
    "setuptools",
    "sqlalchemy",
    "sqlparse",
    "starlette",
    "tensorflow",
    "torch",
    "tornado",
    "tqdm",
    "transformers",
    "twisted",
    "urllib3",
    "werkzeug",
    "wheel",
];

/// A Python lock file of 2,000 pinned packages, some of them old versions of packages that have advisories.
fn two_thousand_packages() -> Result<PathBuf> {
    let path = crate::run::testkit()?.join("two-thousand/requirements.txt");
    let mut text = String::new();
    for name in KNOWN {
        writeln!(text, "{name}==2.0.0")?;
    }
    for index in KNOWN.len()..2_000 {
        writeln!(text, "package-{index}==1.{}.0", index % 9)?;
    }
    fs::create_dir_all(path.parent().context("no parent")?)?;
    fs::write(&path, text)?;
    Ok(path)
}

fn table(page: &mut String, rows: &[(String, Cost)]) -> Result<()> {
    let first = rows.first().map(|(_, cost)| *cost).unwrap_or_default();
    writeln!(page, "| | wall s | CPU s | peak MiB | wall × | CPU × | memory × |")?;
    writeln!(page, "| --- | ---: | ---: | ---: | ---: | ---: | ---: |")?;
    for (name, cost) in rows {
        writeln!(
            page,
            "| {name} | {:.3} | {:.3} | {:.0} | {:.2} | {:.2} | {:.2} |",
            cost.wall,
            cost.cpu,
            cost.peak_mib,
            cost.wall / first.wall,
            cost.cpu / first.cpu,
            cost.peak_mib / first.peak_mib
        )?;
    }
    writeln!(page)?;
    Ok(())
}
