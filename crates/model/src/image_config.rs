//! What an image's configuration asks of its containers (OCI image specification, "Image Configuration").

use serde::{Deserialize, Serialize};

/// The parts of an image's configuration that scans judge.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImageConfig {
    /// `os`.
    pub os: String,
    /// `architecture`.
    pub architecture: String,
    /// `variant`.
    #[serde(default)]
    pub variant: String,
    /// `config.User`.
    #[serde(default)]
    pub user: String,
    /// `config.WorkingDir`.
    #[serde(default)]
    pub working_dir: String,
    /// `config.Env`.
    #[serde(default)]
    pub env: Vec<String>,
    /// `config.Entrypoint`.
    #[serde(default)]
    pub entrypoint: Vec<String>,
    /// `config.Cmd`.
    #[serde(default)]
    pub cmd: Vec<String>,
    /// `config.Labels`, sorted.
    #[serde(default)]
    pub labels: Vec<(String, String)>,
    /// `history[].created_by`, the oldest first.
    #[serde(default)]
    pub history: Vec<String>,
    /// `created`, as written.
    #[serde(default)]
    pub created: String,
}
