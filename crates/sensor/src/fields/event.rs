//! `evt.*`

use super::{Judged, flag, int, put, uint};
use crate::catalogue::{Category, Param, Show};
use crate::show::{errno_name, param, path_below};
use crate::wire::{EventFlags, extra};
use batten_rules::catalogue::{Arg, Field, FieldRef};
use batten_rules::time;
use batten_rules::value::{Room, Value};

const NANOS: u64 = 1_000_000_000;
const CREATE: u64 = 0o100;

impl Judged<'_> {
    pub(super) fn event_value<'v>(&'v self, field: &FieldRef, room: &'v mut Room) -> Option<Value<'v>> {
        let head = &self.seen.event.head;
        let kind = self.seen.kind;
        let failed = head.ret < 0 && !head.flags.has(EventFlags::NO_RESULT);
        let category = kind.category;
        let (reads, writes) = (category == Category::IoRead, category == Category::IoWrite);
        let raw = head.time.saturating_add(self.around.boot_offset);
        let since = head.time.saturating_sub(self.around.start);
        match field.field {
            Field::EvtNum => uint(self.number),
            Field::EvtRawtime => uint(raw),
            Field::EvtRawtimeS => uint(raw / NANOS),
            Field::EvtRawtimeNs => uint(raw % NANOS),
            Field::EvtReltime => uint(since),
            Field::EvtReltimeS => uint(since / NANOS),
            Field::EvtReltimeNs => uint(since % NANOS),
            Field::EvtSource => Some("syscall".into()),
            Field::EvtIsAsync => flag(false),
            Field::EvtHostname => Some(self.around.hostname.as_str().into()),
            Field::EvtType => Some(kind.name.into()),
            Field::EvtTypeIs => match &field.arg {
                Arg::Key(name) => uint(u64::from(**name == *kind.name)),
                _ => None,
            },
            Field::SyscallType => kind.hook.call().map(|_| kind.name.into()),
            Field::EvtCategory => Some(category.name().into()),
            Field::EvtCpu => int(i64::from(head.cpu)),
            Field::EvtDir => Some("<".into()),
            Field::EvtArgs | Field::EvtInfo => put(room, self.seen.args().as_bytes()),
            Field::EvtArg => self.argument(&field.arg, room),
            Field::EvtRawarg => self.raw_argument(&field.arg, room),
            Field::EvtBuffer => Some(Value::Text(self.seen.event.text(extra::DATA)?)),
            Field::EvtBuflen => self.seen.event.text(extra::DATA).and_then(|data| uint(data.len() as u64)),
            Field::EvtRes if head.flags.has(EventFlags::NO_RESULT) => None,
            Field::EvtRes if failed => match errno_name(-head.ret) {
                Some(name) => Some(name.into()),
                None => put(room, head.ret.to_string().as_bytes()),
            },
            Field::EvtRes => Some("SUCCESS".into()),
            Field::EvtRawres => (!head.flags.has(EventFlags::NO_RESULT)).then_some(Value::Int(head.ret)),
            Field::EvtFailed => flag(failed),
            Field::EvtIsIo => flag(reads || writes),
            Field::EvtIsIoRead => flag(reads),
            Field::EvtIsIoWrite => flag(writes),
            Field::EvtIoDir if reads => Some("r".into()),
            Field::EvtIoDir if writes => Some("w".into()),
            Field::EvtIsWait => flag(false),
            Field::EvtIsSyslog => {
                flag(writes && self.subject().is_some_and(|(_, fd)| fd.name().ends_with(b"/dev/log")))
            }
            Field::EvtCount | Field::EvtCountExit => uint(1u64),
            Field::EvtCountError => failed.then_some(Value::Uint(1)),
            Field::EvtCountErrorFile => (failed && category == Category::File).then_some(Value::Uint(1)),
            Field::EvtCountErrorNet => (failed && category == Category::Net).then_some(Value::Uint(1)),
            Field::EvtCountErrorMemory => (failed && category == Category::Memory).then_some(Value::Uint(1)),
            Field::EvtCountErrorOther => {
                let other = !matches!(category, Category::File | Category::Net | Category::Memory);
                (failed && other).then_some(Value::Uint(1))
            }
            Field::EvtAbspath => self.absolute(&field.arg, room),
            Field::EvtIsOpenRead => self.open_flags().and_then(|flags| flag(matches!(flags & 3, 0 | 2))),
            Field::EvtIsOpenWrite => self.open_flags().and_then(|flags| flag(matches!(flags & 3, 1 | 2))),
            Field::EvtIsOpenCreate => self.open_flags().and_then(|flags| flag(flags & CREATE != 0)),
            Field::EvtIsOpenExec => self.open_exec(),
            other => {
                room.clear();
                time::append(other, raw, room).then_some(Value::Text(room))
            }
        }
    }

    fn parameter(&self, arg: &Arg) -> Option<&'static Param> {
        match arg {
            Arg::Key(name) => self.seen.param(name),
            Arg::Index(index) => self.seen.kind.params.get(usize::try_from(*index).ok()?),
            _ => None,
        }
    }

    /// What it means: a path from the root on, a user's name, flags by their names.
    fn argument<'v>(&'v self, arg: &Arg, room: &'v mut Room) -> Option<Value<'v>> {
        let parameter = self.parameter(arg)?;
        if let Some(path) = path_below(&self.seen, parameter) {
            return put(room, &path);
        }
        let shown = param(&self.seen, parameter)?;
        if let (Show::Uid | Show::Gid, Some(number)) = (parameter.show, shown.number) {
            let id = u32::try_from(number).unwrap_or(u32::MAX);
            let users = &self.around.users;
            let name = if parameter.show == Show::Uid { users.user(id) } else { users.group(id) };
            if let Some(name) = name {
                return Some(name.into());
            }
        }
        put(room, shown.text.as_bytes())
    }

    fn raw_argument<'v>(&'v self, arg: &Arg, room: &'v mut Room) -> Option<Value<'v>> {
        let shown = param(&self.seen, self.parameter(arg)?)?;
        match shown.number {
            Some(number) => Some(Value::Int(number)),
            None => put(room, shown.text.as_bytes()),
        }
    }

    fn absolute<'v>(&'v self, arg: &Arg, room: &'v mut Room) -> Option<Value<'v>> {
        let mut paths = self.seen.kind.params.iter().filter_map(|p| path_below(&self.seen, p));
        let path = match arg {
            Arg::Key(key) if **key == *"dst" => paths.nth(1)?,
            _ => paths.next()?,
        };
        put(room, &path)
    }

    /// Flags of an open that is not `creat`.
    pub(super) fn open_flags(&self) -> Option<u64> {
        let is_open = matches!(self.seen.kind.name, "open" | "openat" | "openat2" | "open_by_handle_at");
        let parameter = self.seen.param("flags").filter(|_| is_open)?;
        param(&self.seen, parameter)?.number.map(i64::cast_unsigned)
    }

    fn open_exec<'v>(&self) -> Option<Value<'v>> {
        let creates = match self.open_flags() {
            Some(flags) => flags & (CREATE | 0o20000000) != 0,
            None if self.seen.kind.name == "creat" => true,
            None => return None,
        };
        let mode = self.seen.param("mode").and_then(|p| param(&self.seen, p)).and_then(|shown| shown.number);
        flag(creates && mode.unwrap_or(0) & 0o111 != 0)
    }
}
