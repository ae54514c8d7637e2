//! What can go wrong between this machine and another.

use batten_model::Localized;
use std::path::PathBuf;
use std::time::Duration;

/// A connection, request or transfer that failed. Addresses are shown without user, password and query, because signed
/// addresses carry their secret there.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// `--offline`.
    #[error(
        "{url}: not connected, because --offline is set; leave it out, or use an archive or file instead"
    )]
    Offline {
        /// Where to.
        url: String,
    },
    /// An address that cannot be used.
    #[error("{url}: {reason}")]
    Address {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No certificate authority is known.
    #[error(
        "{url}: this machine has no CA certificates, so no server can be trusted; install the package \
         ca-certificates, or name a PEM file with --ca-file or SSL_CERT_FILE"
    )]
    NoAuthorities {
        /// Where to.
        url: String,
    },
    /// A certificate or key file that cannot be used.
    #[error("{}: {reason}", path.display())]
    CertificateFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A proxy that cannot be used or refused.
    #[error("proxy {proxy} for {url}: {reason}; check HTTPS_PROXY, HTTP_PROXY and NO_PROXY")]
    Proxy {
        /// The proxy, without its login.
        proxy: String,
        /// Where to.
        url: String,
        /// What happened.
        reason: String,
    },
    /// The name has no address.
    #[error("{url}: this host is unknown ({reason}); check its name and the DNS")]
    UnknownHost {
        /// Where to.
        url: String,
        /// What the resolver said.
        reason: String,
    },
    /// Nobody could be reached.
    #[error(
        "{url}: cannot connect ({source}); check that the host and port are right and reachable from here"
    )]
    Connect {
        /// Where to.
        url: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The server's certificate was not accepted.
    #[error(
        "{url}: the server's certificate is not accepted ({reason}); name its CA with --ca-file, or put it \
         under /etc/docker/certs.d"
    )]
    Certificate {
        /// Where to.
        url: String,
        /// What rustls said.
        reason: String,
    },
    /// TLS did not come about for another reason.
    #[error(
        "{url}: no TLS connection came about ({reason}); if the server speaks plain HTTP, allow it with --insecure"
    )]
    Tls {
        /// Where to.
        url: String,
        /// What rustls said.
        reason: String,
    },
    /// No byte for too long.
    #[error("{url}: no byte came for {seconds} s; the server or a proxy stalls, try again later")]
    Stalled {
        /// Where from.
        url: String,
        /// The limit.
        seconds: u64,
    },
    /// Bytes came, but not all of them in time.
    #[error("{url}: not finished within {seconds} s; try again, or from nearer to the server")]
    TimedOut {
        /// Where from.
        url: String,
        /// The limit.
        seconds: u64,
    },
    /// The connection ended before the content did.
    #[error("{url}: the connection ended after {received} bytes ({reason})")]
    Interrupted {
        /// Where from.
        url: String,
        /// Bytes that had come.
        received: u64,
        /// What the system said.
        reason: String,
    },
    /// More than can be meant.
    #[error("{url}: larger than {limit} bytes, which is the limit")]
    TooLarge {
        /// Where from.
        url: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// A length that differs from what was announced.
    #[error(
        "{url}: {actual} bytes, where {expected} were announced; the server or something between is broken"
    )]
    Length {
        /// Where from.
        url: String,
        /// Bytes announced.
        expected: u64,
        /// Bytes offered.
        actual: u64,
    },
    /// Redirects without end.
    #[error("{url}: more than {limit} redirects")]
    TooManyRedirects {
        /// Where to.
        url: String,
        /// The limit.
        limit: u32,
    },
    /// From https to http.
    #[error("{url}: redirected to {to}, which has no TLS; refused")]
    Downgrade {
        /// Where from.
        url: String,
        /// Where to.
        to: String,
    },
    /// No HTTP.
    #[error("{url}: the answer is not proper HTTP ({reason})")]
    Protocol {
        /// Where from.
        url: String,
        /// What was wrong.
        reason: String,
    },
    /// An answer that is none, after all attempts.
    #[error("{url}: the server answered {status}{}{}", after(*attempts), hint(*status, *wait))]
    Status {
        /// Where from.
        url: String,
        /// The HTTP status.
        status: u16,
        /// How often it was asked.
        attempts: u32,
        /// How long the server wants to be left alone.
        wait: Option<Duration>,
    },
}

fn after(attempts: u32) -> String {
    if attempts > 1 { format!(" to each of {attempts} attempts") } else { String::new() }
}

fn hint(status: u16, wait: Option<Duration>) -> String {
    match (status, wait) {
        (429, Some(wait)) => format!(" (too many requests); it asks to wait {} s", wait.as_secs()),
        (429, None) => " (too many requests); log in for a higher limit, or wait".to_owned(),
        (401 | 403, _) => "; this address needs a login or is not for you".to_owned(),
        (404, _) => " (not found); check the address".to_owned(),
        (500.., _) => "; try again later".to_owned(),
        _ => String::new(),
    }
}

fn after_zh(attempts: u32) -> String {
    if attempts > 1 { format!("（共尝试 {attempts} 次）") } else { String::new() }
}

fn hint_zh(status: u16, wait: Option<Duration>) -> String {
    match (status, wait) {
        (429, Some(wait)) => format!("：请求过多，服务器要求等待 {} 秒", wait.as_secs()),
        (429, None) => "：请求过多；请登录以提高限额，或稍后再试".to_owned(),
        (401 | 403, _) => "：该地址需要登录或无权访问".to_owned(),
        (404, _) => "：未找到；请检查地址".to_owned(),
        (500.., _) => "；请稍后再试".to_owned(),
        _ => String::new(),
    }
}

impl FetchError {
    /// True where trying again may help: what broke is the line or the other side's moment, not the request.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Stalled { .. } | Self::Interrupted { .. } | Self::Protocol { .. })
    }

    /// A stable kebab-case word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Offline { .. } => "offline",
            Self::Address { .. } => "bad-address",
            Self::NoAuthorities { .. } => "no-ca-certificates",
            Self::CertificateFile { .. } => "bad-certificate-file",
            Self::Proxy { .. } => "proxy-failed",
            Self::UnknownHost { .. } => "unknown-host",
            Self::Connect { .. } => "cannot-connect",
            Self::Certificate { .. } => "certificate-refused",
            Self::Tls { .. } => "tls-failed",
            Self::Stalled { .. } => "stalled",
            Self::TimedOut { .. } => "timed-out",
            Self::Interrupted { .. } => "interrupted",
            Self::TooLarge { .. } => "too-large",
            Self::Length { .. } => "wrong-length",
            Self::TooManyRedirects { .. } => "too-many-redirects",
            Self::Downgrade { .. } => "insecure-redirect",
            Self::Protocol { .. } => "bad-http",
            Self::Status { .. } => "http-status",
        }
    }
}

impl Localized for FetchError {
    fn zh(&self) -> String {
        match self {
            Self::Offline { url } => {
                format!("{url}：已设置 --offline，未连接；请去掉该选项，或改用归档或文件")
            }
            Self::Address { url, reason } => format!("{url}：地址不可用（{reason}）"),
            Self::NoAuthorities { url } => format!(
                "{url}：本机没有 CA 证书，无法信任任何服务器；请安装 ca-certificates 软件包，\
                 或用 --ca-file 或 SSL_CERT_FILE 指定 PEM 文件"
            ),
            Self::CertificateFile { path, reason } => {
                format!("{}：证书或密钥文件不可用（{reason}）", path.display())
            }
            Self::Proxy { proxy, url, reason } => format!(
                "访问 {url} 的代理 {proxy} 失败（{reason}）；请检查 HTTPS_PROXY、HTTP_PROXY 和 NO_PROXY"
            ),
            Self::UnknownHost { url, reason } => {
                format!("{url}：查不到该主机的地址（{reason}）；请检查主机名和 DNS")
            }
            Self::Connect { url, source } => {
                format!("{url}：无法连接（{source}）；请检查主机和端口是否正确、从本机是否可达")
            }
            Self::Certificate { url, reason } => format!(
                "{url}：服务器证书未被接受（{reason}）；请用 --ca-file 指定其 CA，或放到 /etc/docker/certs.d 下"
            ),
            Self::Tls { url, reason } => {
                format!("{url}：未能建立 TLS 连接（{reason}）；若服务器只支持 HTTP，请用 --insecure 允许")
            }
            Self::Stalled { url, seconds } => {
                format!("{url}：{seconds} 秒内没有收到任何字节；服务器或代理停滞，请稍后再试")
            }
            Self::TimedOut { url, seconds } => {
                format!("{url}：{seconds} 秒内未完成；请重试，或换到离服务器更近的位置")
            }
            Self::Interrupted { url, received, reason } => {
                format!("{url}：收到 {received} 字节后连接中断（{reason}）")
            }
            Self::TooLarge { url, limit } => format!("{url}：超过 {limit} 字节的上限"),
            Self::Length { url, expected, actual } => {
                format!("{url}：声明为 {expected} 字节，实际为 {actual} 字节；服务器或中间设备有故障")
            }
            Self::TooManyRedirects { url, limit } => format!("{url}：重定向超过 {limit} 次"),
            Self::Downgrade { url, to } => format!("{url}：被重定向到没有 TLS 的 {to}；已拒绝"),
            Self::Protocol { url, reason } => format!("{url}：响应不是正确的 HTTP（{reason}）"),
            Self::Status { url, status, attempts, wait } => {
                format!("{url}：服务器返回 {status}{}{}", after_zh(*attempts), hint_zh(*status, *wait))
            }
        }
    }
}
