//! Trials of what a kernel offers, with real programs.

use super::load::{OBJECT, load};
use super::options::{Options, Selection};
use super::probe::{Answer, Capability, HOOKS};
use super::settings::{Helpers, Settings};
use aya::maps::MapType;
use aya::programs::{CgroupSockAddr, FEntry, KProbe, Lsm, ProgramError, ProgramType};
use aya::sys::{BpfHelper, is_helper_supported, is_map_supported};
use aya::{Btf, Ebpf, EbpfLoader};
use std::error::Error;

static PROBES: &[u8] = aya::include_bytes_aligned!(concat!(env!("OUT_DIR"), "/probe.bpf.o"));

type Trial = (Capability, (Answer, String));

/// Tries maps, helpers, every hook of the sensor, and ways that only responses need.
pub(super) fn trials() -> Vec<Trial> {
    let mut out = vec![
        (Capability::RingBuffer, supported(is_map_supported(MapType::RingBuf))),
        (Capability::CurrentTaskBtf, helper(BpfHelper::BPF_FUNC_get_current_task_btf)),
        (Capability::Loop, helper(BpfHelper::BPF_FUNC_loop)),
        (Capability::SendSignal, helper(BpfHelper::BPF_FUNC_send_signal)),
    ];
    let Ok(btf) = Btf::from_sys_fs() else { return out };
    let offered = |wanted: Capability| out.iter().any(|(c, (a, _))| *c == wanted && *a == Answer::Yes);
    let helpers =
        Helpers { current_btf: offered(Capability::CurrentTaskBtf), loops: offered(Capability::Loop) };
    hooks(&btf, helpers, &mut out);
    others(&btf, &mut out);
    out
}

/// Loads and attaches each of the sensor's own programs; they have no event to look for.
fn hooks(btf: &Btf, helpers: Helpers, out: &mut Vec<Trial>) {
    let options = Options { events: Selection(Default::default()), buffer: 64 << 10, ..Options::default() };
    let settings = Settings::new(&options, helpers);
    let mut loader = EbpfLoader::new();
    loader.btf(Some(btf)).map_max_entries("events", 64 << 10);
    settings.apply(&mut loader);
    let mut programs = match loader.load(OBJECT) {
        Ok(programs) => programs,
        Err(error) => {
            out.extend(HOOKS.iter().map(|(capability, _, _)| (*capability, refused(&error))));
            return;
        }
    };
    for (capability, name, tracepoint) in HOOKS {
        let attached = load(&mut programs, name, tracepoint, btf)
            .map_err(|error| outcome(&error))
            .and_then(|program| program.attach().map_err(|error| outcome(&error)));
        out.push((capability, attached.map_or_else(|answer| answer, |_| yes())));
    }
}

/// Ways that responses may use.
fn others(btf: &Btf, out: &mut Vec<Trial>) {
    let mut programs = match EbpfLoader::new().btf(Some(btf)).load(PROBES) {
        Ok(programs) => programs,
        Err(error) => {
            let all = [Capability::Fentry, Capability::Lsm, Capability::Kprobe, Capability::CgroupConnect];
            out.extend(all.map(|capability| (capability, refused(&error))));
            return;
        }
    };
    out.push((Capability::Fentry, answer(fentry(&mut programs, btf))));
    out.push((Capability::Lsm, lsm(&mut programs, btf)));
    out.push((Capability::Kprobe, answer(kprobe(&mut programs))));
    out.push((Capability::CgroupConnect, answer(connect(&mut programs))));
}

fn program<'a, T>(programs: &'a mut Ebpf, name: &'static str) -> Result<&'a mut T, ProgramError>
where
    &'a mut T: TryFrom<&'a mut aya::programs::Program, Error = ProgramError>,
{
    programs.program_mut(name).ok_or(ProgramError::NotLoaded)?.try_into()
}

fn fentry(programs: &mut Ebpf, btf: &Btf) -> Result<(), ProgramError> {
    let fentry: &mut FEntry = program(programs, "try_fentry")?;
    fentry.load("do_exit", btf)?;
    fentry.attach().map(drop)
}

fn lsm(programs: &mut Ebpf, btf: &Btf) -> (Answer, String) {
    let modules = std::fs::read_to_string("/sys/kernel/security/lsm").unwrap_or_default();
    let tried = (|| {
        let lsm: &mut Lsm = program(programs, "try_lsm")?;
        lsm.load("bprm_check_security", btf)?;
        lsm.attach().map(drop)
    })();
    match answer(tried) {
        // Programs attach where the module is not among those that run, and are never called.
        (Answer::Yes, _) if !modules.is_empty() && !modules.split(',').any(|name| name.trim() == "bpf") => {
            (Answer::Absent, format!("lsm={}", modules.trim()))
        }
        other => other,
    }
}

fn kprobe(programs: &mut Ebpf) -> Result<(), ProgramError> {
    let kprobe: &mut KProbe = program(programs, "try_kprobe")?;
    kprobe.load()?;
    kprobe.attach("do_exit", 0).map(drop)
}

fn connect(programs: &mut Ebpf) -> Result<(), ProgramError> {
    let connect: &mut CgroupSockAddr = program(programs, "try_connect")?;
    connect.load()
}

fn helper(helper: BpfHelper) -> (Answer, String) {
    supported(is_helper_supported(ProgramType::RawTracePoint, helper))
}

fn supported<E: Error>(found: Result<bool, E>) -> (Answer, String) {
    match found {
        Ok(true) => yes(),
        Ok(false) => (Answer::Absent, String::new()),
        Err(error) => refused(&error),
    }
}

fn answer(tried: Result<(), ProgramError>) -> (Answer, String) {
    tried.map_or_else(|error| outcome(&error), |()| yes())
}

fn yes() -> (Answer, String) {
    (Answer::Yes, String::new())
}

/// Absent where the kernel does not have it, refused otherwise.
fn outcome(error: &(dyn Error + 'static)) -> (Answer, String) {
    let (_, words) = refused(error);
    let absent = ["ENOENT", "os error 2)", "not found", "No such", "UnknownBTF", "unknown BTF", "no BTF"];
    if absent.iter().any(|word| words.contains(word)) {
        (Answer::Absent, words)
    } else {
        (Answer::Refused, words)
    }
}

/// The last of an error's causes says what the kernel said; a verifier's log is not repeated.
fn refused(error: &dyn Error) -> (Answer, String) {
    let mut words = first_line(&error.to_string());
    let mut cause = error.source();
    while let Some(inner) = cause {
        words = first_line(&inner.to_string());
        cause = inner.source();
    }
    (Answer::Refused, words)
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(200).collect()
}
