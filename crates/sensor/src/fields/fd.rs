//! `fd.*`

use super::{Judged, flag, int, put};
use crate::show::{param, path_below};
use crate::state::{Fd, FdKind, Role, SocketEnds};
use crate::wire::{Layer, extra};
use batten_rules::catalogue::{Arg, Field, FieldRef};
use batten_rules::value::{Room, Value};
use std::net::IpAddr;

/// TCP's number for a connection that is established.
const ESTABLISHED: u16 = 1;

type End = Option<(IpAddr, u16)>;
/// Picks one end of a socket.
type Pick = fn(&SocketEnds) -> End;

impl Judged<'_> {
    pub(super) fn fd_value<'v>(&'v self, field: &FieldRef, room: &'v mut Room) -> Option<Value<'v>> {
        let Some((number, fd)) = self.subject() else { return self.failed_open(field.field, room) };
        let ends = fd.ends();
        let end = |of: Pick| ends.and_then(of);
        let ip = |of: Pick| end(of).map(|(ip, _)| Value::Address(ip));
        let port = |of: Pick| end(of).map(|(_, port)| Value::Uint(port.into()));
        let (client, server): (Pick, Pick) = (SocketEnds::client, SocketEnds::server);
        let (local, remote): (Pick, Pick) = (|e| e.local, |e| e.remote);
        match field.field {
            Field::FdNum => Some(Value::Int(*number)),
            Field::FdType => Some(fd.kind_name().1.into()),
            Field::FdTypechar => put(room, fd.kind_name().0.to_string().as_bytes()),
            Field::FdName => put(room, &fd.name()),
            Field::FdNameraw => self.raw_name(room),
            Field::FdDirectory => put(room, directory(file_path(fd)?)),
            Field::FdFilename => put(room, file_path(fd)?.rsplit(|byte| *byte == b'/').next()?),
            Field::FdIp | Field::FdNet => ip(client).or_else(|| ip(server)),
            Field::FdCip | Field::FdCnet => ip(client),
            Field::FdSip | Field::FdSnet => ip(server),
            Field::FdLip | Field::FdLnet => ip(local),
            Field::FdRip | Field::FdRnet => ip(remote),
            Field::FdPort | Field::FdProto => port(client).or_else(|| port(server)),
            Field::FdCport => port(client),
            Field::FdSport => port(server),
            Field::FdLport => port(local),
            Field::FdRport => port(remote),
            Field::FdCproto => service(end(client), room),
            Field::FdSproto => service(end(server), room),
            Field::FdLproto => service(end(local), room),
            Field::FdRproto => service(end(remote), room),
            Field::FdL4proto => ends?.l4proto().map(Value::from),
            Field::FdSockfamily => match i32::from(ends?.family) {
                libc::AF_UNIX => Some("unix".into()),
                libc::AF_INET | libc::AF_INET6 => Some("ip".into()),
                _ => None,
            },
            Field::FdIsServer => flag(ends?.role == Role::Server),
            Field::FdConnected => {
                let ends = ends?;
                let stream = i32::from(ends.kind) == libc::SOCK_STREAM;
                flag(if stream { ends.state == ESTABLISHED } else { self.is_connected_datagram(ends) })
            }
            Field::FdNameChanged => flag(ends.is_some() && self.names_other_side()),
            Field::FdUid => put(room, format!("{}{number}", self.seen.event.head.tid).as_bytes()),
            Field::FdContainername => {
                let name = [self.container_id().as_bytes(), b":", &fd.name()].concat();
                put(room, &name)
            }
            Field::FdContainerdirectory => {
                let name = [self.container_id().as_bytes(), b":", directory(file_path(fd)?)].concat();
                put(room, &name)
            }
            Field::FdTypes => match field.arg {
                Arg::Index(wanted) => {
                    let fd = self.seen.process?.fds.get(i32::try_from(wanted).ok()?)?;
                    Some(fd.kind_name().1.into())
                }
                _ => Some(fd.kind_name().1.into()),
            },
            other => of_file(other, fd),
        }
    }

    /// An open that failed has a name and no descriptor.
    fn failed_open<'v>(&'v self, field: Field, room: &'v mut Room) -> Option<Value<'v>> {
        let is_open = self.open_flags().is_some() || self.seen.kind.name == "creat";
        let parameter = self.seen.param("name").filter(|_| is_open)?;
        let path = || path_below(&self.seen, parameter);
        match field {
            Field::FdName => put(room, &path()?),
            Field::FdNameraw => self.raw_name(room),
            Field::FdTypechar => Some("f".into()),
            Field::FdType => Some("file".into()),
            Field::FdDirectory => put(room, directory(&path()?)),
            Field::FdFilename => put(room, path()?.rsplit(|byte| *byte == b'/').next()?),
            _ => None,
        }
    }

    fn raw_name<'v>(&self, room: &'v mut Room) -> Option<Value<'v>> {
        let parameter = self.seen.param("name").or_else(|| self.seen.param("path"))?;
        put(room, param(&self.seen, parameter)?.text.as_bytes())
    }

    /// Whether the call itself says who the other side is.
    fn names_other_side(&self) -> bool {
        self.seen.event.argument(extra::PEER).is_some() || self.seen.kind.name == "connect"
    }

    /// The other side of a datagram socket that is connected stands in the socket, not in the call.
    fn is_connected_datagram(&self, ends: &SocketEnds) -> bool {
        ends.remote.is_some() && (self.seen.event.argument(extra::PEER).is_none())
    }

    pub(super) fn either(&self, field: Field, each: &mut dyn FnMut(Value<'_>) -> bool) {
        let Some(ends) = self.subject().and_then(|(_, fd)| fd.ends()) else { return };
        for (ip, port) in [ends.client(), ends.server()].into_iter().flatten() {
            let value = match field {
                Field::FdIp | Field::FdNet => Value::Address(ip),
                _ => Value::Uint(port.into()),
            };
            if !each(value) {
                return;
            }
        }
    }

    pub(super) fn fd_types(&self, each: &mut dyn FnMut(Value<'_>) -> bool) {
        let fds = self.seen.process.into_iter().flat_map(|process| process.fds.iter());
        let mut kinds: Vec<&str> = fds.map(|(_, fd)| fd.kind_name().1).collect();
        kinds.sort_unstable();
        kinds.dedup();
        for kind in kinds {
            if !each(kind.into()) {
                return;
            }
        }
    }
}

fn file_path(fd: &Fd) -> Option<&[u8]> {
    (matches!(fd.kind, FdKind::File { .. }) && fd.path.starts_with(b"/")).then_some(&fd.path)
}

fn directory(path: &[u8]) -> &[u8] {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(0) | None => b"/",
        Some(at) => path.get(..at).unwrap_or(b"/"),
    }
}

fn of_file<'v>(field: Field, fd: &Fd) -> Option<Value<'v>> {
    let FdKind::File { dev, ino, layer, .. } = fd.kind else { return None };
    match field {
        Field::FdDev => int(i64::from(dev)),
        Field::FdDevMajor => int(i64::from(dev >> 20)),
        Field::FdDevMinor => int(i64::from(dev & 0xf_ffff)),
        Field::FdIno => int(i64::try_from(ino).unwrap_or(i64::MAX)),
        Field::FdIsUpperLayer => flag(layer == Layer::Upper),
        Field::FdIsLowerLayer => flag(layer == Layer::Lower),
        _ => None,
    }
}

/// Names of the commonest ports; others by their number.
const SERVICES: &[(u16, &str)] = &[
    (21, "ftp"),
    (22, "ssh"),
    (23, "telnet"),
    (25, "smtp"),
    (53, "domain"),
    (80, "http"),
    (110, "pop3"),
    (123, "ntp"),
    (143, "imap2"),
    (389, "ldap"),
    (443, "https"),
    (445, "microsoft-ds"),
    (636, "ldaps"),
    (993, "imaps"),
    (3306, "mysql"),
    (5432, "postgresql"),
];

fn service<'v>(end: End, room: &'v mut Room) -> Option<Value<'v>> {
    let (_, port) = end?;
    match SERVICES.iter().find(|(number, _)| *number == port) {
        Some((_, name)) => Some((*name).into()),
        None => put(room, port.to_string().as_bytes()),
    }
}
