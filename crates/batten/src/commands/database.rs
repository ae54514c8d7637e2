//! Which database a command judges by, and where databases lie.

use super::World;
use crate::failure::Failure;
use batten_advisory::database::Database;
use std::path::{Path, PathBuf};

/// The database that comes with the program: facts only; `NOTICE` names its sources.
static STARTER: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../advisory/starter/starter.battendb"));

/// File name of the database in its folder.
const FILE: &str = "advisories.battendb";

/// The folder of feeds and of the database: the setting, else `$XDG_DATA_HOME/batten`, else `~/.local/share/batten`,
/// else `/var/lib/batten`.
pub(crate) fn folder(world: &World) -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    world.settings.database_dir.clone().unwrap_or_else(|| {
        variable("XDG_DATA_HOME")
            .or_else(|| variable("HOME").map(|home| home.join(".local/share")))
            .map_or_else(|| PathBuf::from("/var/lib/batten"), |data| data.join("batten"))
    })
}

/// The file that `db update` and `db import` put in place.
pub(crate) fn file(world: &World, flag: Option<&Path>) -> PathBuf {
    flag.map(Path::to_owned)
        .or_else(|| world.settings.database.clone())
        .unwrap_or_else(|| folder(world).join(FILE))
}

/// Opens the database: the one named, else the one in place, else the one that came with the program.
///
/// One that was named must be there. One that lies in the usual place and cannot be read is an error too: judging by
/// another one without a word would be a wrong answer.
pub(crate) fn open(world: &World, flag: Option<&Path>) -> Result<Database, Failure> {
    let named = flag.is_some() || world.settings.database.is_some();
    let path = file(world, flag);
    let opened = if named || path.exists() { Database::open(&path) } else { Database::from_static(STARTER) };
    opened.map_err(|error| Failure::of(world.lang, &error))
}
