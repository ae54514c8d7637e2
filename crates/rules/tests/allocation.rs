//! Evaluation allocates nothing, once its memory is warm.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    unsafe_code,
    reason = "a counting allocator for the whole test program"
)]

use batten_rules::catalogue::{EventType, Field, FieldRef, Source};
use batten_rules::value::{Event, Room, Value};
use batten_rules::{LoadOptions, RuleFile, load};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicU64, Ordering};

struct Counting;

static COUNT: AtomicU64 = AtomicU64::new(0);

// SAFETY: all calls go to the system's allocator unchanged; only a counter is raised beside them.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`, which is the system's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: `place` came from `alloc` above, that is from the system.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Opened<'e>(&'e str);

impl Event for Opened<'_> {
    fn event_type(&self) -> Option<EventType> {
        EventType::parse("openat")
    }

    fn value<'a>(&'a self, field: &FieldRef, room: &'a mut Room) -> Option<Value<'a>> {
        match field.field {
            Field::FdName => Some(self.0.into()),
            Field::ProcName => Some("bash".into()),
            Field::ProcCmdline => {
                room.clear();
                room.extend_from_slice(b"bash -c ");
                room.extend_from_slice(self.0.as_bytes());
                Some(Value::Text(room))
            }
            Field::FdNum => Some(Value::Int(3)),
            _ => None,
        }
    }

    fn values(&self, field: &FieldRef, _: &mut Room, each: &mut dyn FnMut(Value<'_>) -> bool) {
        if field.field == Field::ProcAname {
            let _ = each("sshd".into()) && each("systemd".into());
        }
        if field.field == Field::ProcArgs {
            let _ = each("-c".into()) && each("x".into());
        }
    }
}

#[test]
fn a_warm_evaluation_allocates_nothing() {
    let conditions = [
        "fd.name startswith /etc and proc.name in (bash, sh)",
        "fd.name pmatch (/etc, /usr/*/lib) and proc.aname = systemd",
        "fd.name glob '/etc/[a-z]*' or fd.name iglob *SHADOW",
        "fd.name regex '/etc/.*ow' and proc.cmdline icontains BASH",
        "tolower(proc.cmdline) contains shadow and basename(fd.name) = shadow",
        "join(\",\", proc.args) = '-c,x' and getopt(proc.args, 'c:')[c] = x",
        "concat(proc.name, \"!\") = 'bash!' and len(fd.name) > 3 and b64(proc.name) exists",
        "proc.cmdline endswith val(fd.name)",
        "fd.name contains allof (etc, shadow) and fd.num in (1, 2, 3)",
    ];
    let mut text = String::new();
    for n in 0..50 {
        for condition in conditions {
            let condition =
                serde_json::to_string(&format!("evt.type = openat and {condition} and fd.num != {}", n + 10))
                    .unwrap();
            text.push_str(&format!(
                "- rule: r{n} {}\n  desc: d\n  output: o\n  priority: INFO\n  condition: {condition}\n",
                condition.len()
            ));
        }
    }
    let loaded = load(&[RuleFile { name: "x", content: text.as_bytes() }], &LoadOptions::default());
    assert!(loaded.is_accepted(), "{:?}", loaded.files[0].errors);
    let mut scratch = loaded.rules.scratch();
    let events = [Opened("/etc/shadow"), Opened("/usr/x/lib/y"), Opened("/tmp")];
    let mut matches = 0_u64;
    let mut all = |scratch: &mut _| {
        for event in &events {
            loaded.rules.evaluate(Source::Syscall, event, scratch, |_| {
                matches += 1;
                true
            });
        }
    };
    all(&mut scratch);
    all(&mut scratch);
    let before = COUNT.load(Ordering::Relaxed);
    for _ in 0..100 {
        all(&mut scratch);
    }
    assert_eq!(COUNT.load(Ordering::Relaxed) - before, 0);
    assert!(matches > 1000, "{matches}");
}
