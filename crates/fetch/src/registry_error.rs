//! What can go wrong between a reference and its image.

use crate::credential_helper::HelperError;
use crate::docker_config::DockerConfigError;
use crate::fetch_error::FetchError;
use crate::reference::ReferenceError;
use batten_image::manifest::ManifestError;
use batten_image::source::SourceError;
use batten_model::{Digest, Localized};
use std::path::PathBuf;

/// An image that could not be had from its registry.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The text is no reference.
    #[error(transparent)]
    Reference(#[from] ReferenceError),
    /// The registry could not be spoken to.
    #[error("registry {registry}: {source}")]
    Fetch {
        /// The registry.
        registry: String,
        /// What happened on the way.
        source: FetchError,
    },
    /// 401 without a login at hand.
    #[error(
        "registry {registry} shows {repository} only to those who log in (401), or there is no such repository; \
         run `docker login {registry}` or `podman login {registry}`, or give a user name and password"
    )]
    LoginNeeded {
        /// The registry.
        registry: String,
        /// The repository.
        repository: String,
    },
    /// 401 in spite of a login.
    #[error(
        "registry {registry} refuses the login from {origin} for {repository} ({status}); it may have expired: \
         log in again, and check that this user may pull"
    )]
    LoginRefused {
        /// The registry.
        registry: String,
        /// The repository.
        repository: String,
        /// Where the login was found.
        origin: String,
        /// The HTTP status.
        status: u16,
    },
    /// 403.
    #[error("registry {registry} forbids pulling {repository} (403){}; check that {} may pull", said(message), whom(origin.as_deref()))]
    Forbidden {
        /// The registry.
        registry: String,
        /// The repository.
        repository: String,
        /// Where the login was found; `None` for nobody.
        origin: Option<String>,
        /// The registry's words.
        message: String,
    },
    /// 404.
    #[error("registry {registry} has no {what} (404){}; check name and tag", said(message))]
    NotFound {
        /// The registry.
        registry: String,
        /// Repository with tag or digest.
        what: String,
        /// The registry's words.
        message: String,
    },
    /// Another status.
    #[error("registry {registry} answers {status} for {what}{}", said(message))]
    Status {
        /// The registry.
        registry: String,
        /// What was asked for.
        what: String,
        /// The HTTP status.
        status: u16,
        /// The registry's words.
        message: String,
    },
    /// 401 without a challenge that can be met.
    #[error(
        "registry {registry} answers 401 and asks for a login by {schemes:?}; only basic and bearer are supported"
    )]
    Challenge {
        /// The registry.
        registry: String,
        /// What it offered.
        schemes: Vec<String>,
    },
    /// The token server's answer cannot be used.
    #[error(
        "registry {registry}: its token server {realm} gives no token ({reason}); try again, or tell the registry's operator"
    )]
    Token {
        /// The registry.
        registry: String,
        /// The token server.
        realm: String,
        /// What was wrong.
        reason: String,
    },
    /// A login would go over a line without TLS.
    #[error(
        "registry {registry} sends logins to {realm}, which has no TLS; refused: name the registry with --insecure if this is meant"
    )]
    InsecureRealm {
        /// The registry.
        registry: String,
        /// The token server.
        realm: String,
    },
    /// A file of logins that cannot be used.
    #[error("the login file {} {source}; mend it, or name another with REGISTRY_AUTH_FILE", path.display())]
    Logins {
        /// The file.
        path: PathBuf,
        /// Why.
        source: DockerConfigError,
    },
    /// A credential helper that failed.
    #[error("no login for registry {registry}: {source}; check the helper, or give a user name and password")]
    Helper {
        /// The registry.
        registry: String,
        /// Why.
        source: HelperError,
    },
    /// Content that is not what its name says.
    #[error(
        "registry {registry}: {what} has digest {actual} instead of {expected}; the content was altered or damaged \
         on the way and is not used"
    )]
    WrongDigest {
        /// The registry.
        registry: String,
        /// Manifest, configuration …
        what: String,
        /// The digest it must have.
        expected: Digest,
        /// The digest it has.
        actual: Digest,
    },
    /// A length that differs from the descriptor's.
    #[error("registry {registry}: {what} has {actual} bytes instead of {expected}; it is not used")]
    WrongSize {
        /// The registry.
        registry: String,
        /// Manifest, configuration …
        what: String,
        /// The descriptor's size.
        expected: u64,
        /// The content's size.
        actual: u64,
    },
    /// The manifest cannot be used.
    #[error("{what} {source}")]
    Manifest {
        /// Reference of the manifest.
        what: String,
        /// Why.
        source: ManifestError,
    },
    /// Docker's old manifests.
    #[error(
        "{what} is a Docker manifest of schema 1, which is unsupported; push the image again with a current tool, \
         such as `skopeo copy --format oci`"
    )]
    SchemaOne {
        /// Reference of the manifest.
        what: String,
    },
    /// No container image.
    #[error(
        "{what} is no container image but an artifact of type {kind:?}; name the image that it belongs to"
    )]
    Artifact {
        /// Reference of the manifest.
        what: String,
        /// Its type.
        kind: String,
    },
    /// A manifest that is both an index and an image, or an index of indexes without end.
    #[error("{what} is not to be trusted: {reason}")]
    Ambiguous {
        /// Reference of the manifest.
        what: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}

fn whom(origin: Option<&str>) -> String {
    origin.map_or_else(|| "someone without a login".to_owned(), |origin| format!("the login from {origin}"))
}

impl RegistryError {
    /// A stable kebab-case word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Reference(_) => "bad-reference",
            Self::Fetch { source: FetchError::Status { status: 429, .. }, .. } => "registry-rate-limit",
            Self::Fetch { source, .. } => source.code(),
            Self::LoginNeeded { .. } => "registry-login-needed",
            Self::LoginRefused { .. } => "registry-login-refused",
            Self::Forbidden { .. } => "registry-forbidden",
            Self::NotFound { .. } => "image-not-found",
            Self::Status { .. } => "registry-status",
            Self::Challenge { .. } => "registry-challenge",
            Self::Token { .. } => "registry-token",
            Self::InsecureRealm { .. } => "insecure-token-server",
            Self::Logins { .. } => "bad-login-file",
            Self::Helper { .. } => "credential-helper",
            Self::WrongDigest { .. } => "wrong-digest",
            Self::WrongSize { .. } => "wrong-size",
            Self::Manifest { .. } | Self::Ambiguous { .. } => "bad-manifest",
            Self::SchemaOne { .. } => "unsupported-manifest",
            Self::Artifact { .. } => "not-an-image",
        }
    }

    /// True where the registry has no such thing: another one may.
    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// As an error of the image's source.
    pub fn into_source_error(self, target: &str) -> SourceError {
        SourceError::new(self.code(), target, self.text())
    }
}

impl Localized for RegistryError {
    fn zh(&self) -> String {
        match self {
            Self::Reference(source) => source.zh(),
            Self::Fetch { registry, source } => format!("仓库 {registry}：{}", source.zh()),
            Self::LoginNeeded { registry, repository } => format!(
                "仓库 {registry} 要求登录后才能访问 {repository}（401），或该镜像不存在；请运行 \
                 `docker login {registry}` 或 `podman login {registry}`，或提供用户名和密码"
            ),
            Self::LoginRefused { registry, repository, origin, status } => format!(
                "仓库 {registry} 拒绝了来自 {origin} 的登录（访问 {repository}，{status}）；登录可能已过期：\
                 请重新登录，并确认该用户有拉取权限"
            ),
            Self::Forbidden { registry, repository, origin, message } => {
                let whom = origin
                    .as_ref()
                    .map_or("匿名用户".to_owned(), |origin| format!("来自 {origin} 的登录"));
                format!(
                    "仓库 {registry} 禁止拉取 {repository}（403）{}；请确认{whom}有拉取权限",
                    said(message)
                )
            }
            Self::NotFound { registry, what, message } => {
                format!("仓库 {registry} 中没有 {what}（404）{}；请检查名字和标签", said(message))
            }
            Self::Status { registry, what, status, message } => {
                format!("仓库 {registry} 对 {what} 返回 {status}{}", said(message))
            }
            Self::Challenge { registry, schemes } => {
                format!("仓库 {registry} 返回 401 并要求以 {schemes:?} 方式登录；只支持 basic 和 bearer")
            }
            Self::Token { registry, realm, reason } => format!(
                "仓库 {registry}：其令牌服务器 {realm} 未给出令牌（{reason}）；请重试，或联系仓库管理员"
            ),
            Self::InsecureRealm { registry, realm } => format!(
                "仓库 {registry} 要求把登录信息发往没有 TLS 的 {realm}；已拒绝：若确实如此，请用 --insecure 指定该仓库"
            ),
            Self::Logins { path, source } => {
                format!(
                    "登录文件 {} 不可用（{}）；请修复，或用 REGISTRY_AUTH_FILE 指定其他文件",
                    path.display(),
                    source.zh()
                )
            }
            Self::Helper { registry, source } => {
                format!(
                    "无法取得仓库 {registry} 的登录信息：{}；请检查该助手，或提供用户名和密码",
                    source.zh()
                )
            }
            Self::WrongDigest { registry, what, expected, actual } => format!(
                "仓库 {registry}：{what} 的摘要是 {actual}，而不是 {expected}；内容在途中被改动或损坏，不予使用"
            ),
            Self::WrongSize { registry, what, expected, actual } => {
                format!("仓库 {registry}：{what} 有 {actual} 字节，而不是 {expected} 字节；不予使用")
            }
            Self::Manifest { what, source } => format!("{what} {}", source.zh()),
            Self::SchemaOne { what } => format!(
                "{what} 是 Docker schema 1 清单，不受支持；请用当前工具重新推送镜像，如 `skopeo copy --format oci`"
            ),
            Self::Artifact { what, kind } => {
                format!("{what} 不是容器镜像，而是类型为 {kind:?} 的制品；请指定它所属的镜像")
            }
            Self::Ambiguous { what, reason } => format!("{what} 不可信（{reason}）"),
        }
    }
}

impl Localized for DockerConfigError {
    fn zh(&self) -> String {
        match self {
            Self::Read(source) => format!("无法读取：{source}"),
            Self::TooLarge => "文件过大".to_owned(),
            Self::Json { line, column } => format!("第 {line} 行第 {column} 列不是登录文件的 JSON"),
            Self::Auth(registry) => format!("{registry:?} 的 \"auth\" 不是 用户:密码 的 base64"),
        }
    }
}

impl Localized for HelperError {
    fn zh(&self) -> String {
        match self {
            Self::Name(name) => format!("{name:?} 不是凭据助手的名字"),
            Self::Missing(name) => format!("PATH 中没有 docker-credential-{name}"),
            Self::Run { name, source } => format!("无法运行 docker-credential-{name}：{source}"),
            Self::TimedOut { name, seconds } => format!("docker-credential-{name} 在 {seconds} 秒内没有回答"),
            Self::Failed { name, status } => {
                format!("docker-credential-{name} 失败（{status}）；其输出可能含有机密，不予显示")
            }
            Self::Answer(name) => {
                format!("docker-credential-{name} 的输出不是含 Username 和 Secret 的 JSON 对象")
            }
        }
    }
}
