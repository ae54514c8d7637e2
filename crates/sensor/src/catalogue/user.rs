//! What the sensor itself adds to the stream.

use super::{Category, EventKind, Family, Hook, Part, Show, Source, p};

const FAMILY: Family = Family::Sensor;

/// The events of this family.
pub(super) static EVENTS: &[EventKind] = &[
    EventKind {
        name: "seed",
        family: FAMILY,
        category: Category::Internal,
        hook: Hook::User,
        params: &[
            p("exe", Source::Task(Part::Exe), Show::Text),
            p("args", Source::Task(Part::Args), Show::Strings),
            p("tid", Source::Task(Part::Tid), Show::Pid),
            p("pid", Source::Task(Part::Pid), Show::Pid),
            p("ptid", Source::Task(Part::ParentTid), Show::Pid),
            p("cwd", Source::Task(Part::Cwd), Show::Text),
            p("comm", Source::Task(Part::Comm), Show::Text),
            p("uid", Source::Cred(Part::Uid), Show::Uid),
        ],
        by_default: true,
    },
    EventKind {
        name: "container",
        family: FAMILY,
        category: Category::Internal,
        hook: Hook::User,
        params: &[p("json", Source::Arg(79), Show::Text)],
        by_default: true,
    },
];
