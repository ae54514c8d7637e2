//! A recording that a stranger wrote: read, taken into the state and written out, without panic and within bounds.
#![no_main]

use batten_rules::catalogue::{Field, FieldRef};
use batten_rules::value::Event as _;
use batten_sensor::fields::{Judged, Surroundings, Users};
use batten_sensor::recording::{Header, Reader, Recorder};
use batten_sensor::show::{Seen, json, line, path_below};
use batten_sensor::state::{Bounds, State};
use batten_sensor::wire::Event;
use libfuzzer_sys::fuzz_target;

const BOUNDS: Bounds = Bounds { living: 64, ended: 16, containers: 4 };

fn take(state: &mut State, event: &Event<'_>) {
    state.apply(event);
    let (living, ended) = state.len();
    assert!(living <= BOUNDS.living + 1 && ended <= BOUNDS.ended + 1);
    let Some(seen) = Seen::new(event, state) else { return };
    let _ = (line(&seen, 0), json(&seen, u64::MAX));
    for param in seen.kind.params {
        let _ = path_below(&seen, param);
    }
    let users = Users::parse("root:x:0:0::/root:/bin/sh\n", "root:x:0:\n");
    let around = Surroundings { boot_offset: u64::MAX, start: 1, hostname: String::new(), users };
    if let Some(judged) = Judged::new(seen, &around, 1) {
        let mut room = Vec::new();
        for field in Field::all() {
            let field = FieldRef::plain(field);
            let _ = judged.value(&field, &mut room);
            judged.values(&field, &mut room, &mut |_| true);
        }
    }
    if let Some(process) = seen.process {
        assert!(state.ancestors(process).count() <= 64);
    }
}

fn read(bytes: &[u8]) {
    let Ok(mut reader) = Reader::new(bytes) else { return };
    let mut state = State::new(BOUNDS);
    while let Ok(true) = reader.block(|event| take(&mut state, event)) {}
}

fuzz_target!(|data: &[u8]| {
    read(data);
    // The same bytes as the content of a sound block, so that events are reached without guessing a checksum.
    let header = Header {
        tool: String::new(),
        host: String::new(),
        kernel: String::new(),
        architecture: String::new(),
        boot_offset: 0,
        events: batten_sensor::catalogue::events().iter().map(|kind| kind.name.to_owned()).collect(),
        chosen: Vec::new(),
        filtered: false,
        passwd: String::new(),
        group: String::new(),
    };
    let Ok(mut recorder) = Recorder::new(Vec::new(), &header) else { return };
    if recorder.push(data).is_ok()
        && let Ok(bytes) = recorder.finish(Default::default())
    {
        read(&bytes);
    }
});
