//! The story's image: Debian's minimal base, Node, Python and Java packages, and a vulnerable runc.

use crate::bench_image::{self, Step};
use crate::run::{shell, testkit};
use anyhow::Result;
use std::path::PathBuf;

/// Where the image lies.
pub(crate) struct Made {
    /// As a docker archive.
    pub(crate) archive: PathBuf,
    /// As an OCI layout folder.
    pub(crate) layout: PathBuf,
}

const LAYERS: &[Step] = &[
    bench_image::SMALL,
    Step {
        name: "story-node",
        script: "mkdir -p root/srv/web && cd root/srv/web
printf '{\"name\":\"web\",\"version\":\"1.0.0\",\"private\":true,\"dependencies\":{\"express\":\"4.17.1\",\"lodash\":\"4.17.11\",\"minimist\":\"0.0.8\"}}\\n' > package.json
npm install --silent --ignore-scripts --no-audit --no-fund",
    },
    Step {
        name: "story-python",
        script: "mkdir -p root/usr/local/lib/python3.11/dist-packages
pip install -q --disable-pip-version-check --no-compile --no-deps --target root/usr/local/lib/python3.11/dist-packages \
jinja2==2.10 django==2.2.0 requests==2.19.0 urllib3==1.23 pyyaml==6.0.1 2>/dev/null",
    },
    Step {
        name: "story-go",
        script: "mkdir -p root/usr/local/sbin
GOBIN=$PWD/root/usr/local/sbin CGO_ENABLED=1 go install -trimpath github.com/opencontainers/runc@v1.1.11",
    },
    Step {
        name: "story-java",
        script: "mkdir -p root/opt/lib
for artifact in org.apache.logging.log4j:log4j-core:2.14.1 org.apache.commons:commons-text:1.9 com.google.guava:guava:31.1-jre; do
  mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy -Dartifact=$artifact -DoutputDirectory=root/opt/lib
done",
    },
];

/// Makes the image where it is not there yet.
pub(crate) fn make() -> Result<Made> {
    let home = testkit()?.join("story-image");
    let made = Made { archive: home.join("story.tar"), layout: home.join("layout") };
    if !made.archive.exists() {
        for step in LAYERS {
            bench_image::make_layer(&home, step)?;
        }
        bench_image::write_archive(&home, LAYERS, &made.archive, false, "/proc/self/fd/7")?;
    }
    if !made.layout.join("index.json").exists() {
        shell(
            &home,
            "rm -rf layout layout.partial
skopeo --insecure-policy copy -q docker-archive:story.tar oci:layout.partial:1 && mv layout.partial layout",
        )?;
    }
    println!("  {}", made.archive.display());
    Ok(made)
}
