//! `batten sensor doctor`: what this kernel offers the sensor.

use crate::commands::{World, unwritable};
use crate::exit::Exit;
use crate::failure::Failure;
use batten_model::{Lang, Text};
use batten_report::plain;
use batten_sensor::live::{Answer, Capability, Diagnosis, diagnose};
use serde_json::json;
use std::io::{self, Write};

/// Tries everything and prints the answers. 0 where the sensor can watch this kernel, 2 where it cannot.
pub(crate) fn run(world: &World, as_json: bool) -> Result<Exit, Failure> {
    let diagnosis = diagnose();
    let mut out = io::stdout().lock();
    let written = if as_json { json(&diagnosis, &mut out) } else { table(&diagnosis, world.lang, &mut out) };
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(unwritable(world, error)),
        _ => {}
    }
    Ok(if diagnosis.can_watch() { Exit::Done } else { Exit::NotDone })
}

fn json(diagnosis: &Diagnosis, out: &mut dyn Write) -> io::Result<()> {
    let capabilities = Capability::ALL.map(|capability| {
        json!({
            "name": capability,
            "answer": diagnosis.answer(capability),
            "needed": capability.is_needed(),
            "detail": diagnosis.detail(capability),
            "for": purpose(capability).en,
        })
    });
    let document = json!({
        "schema": "batten.sensor-doctor/1",
        "kernel": diagnosis.release,
        "architecture": diagnosis.architecture,
        "can_watch": diagnosis.can_watch(),
        "refusal": diagnosis.refusal().map(|text| text.en),
        "capabilities": capabilities,
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

fn table(diagnosis: &Diagnosis, lang: Lang, out: &mut dyn Write) -> io::Result<()> {
    let kernel = Text::new("Kernel", "内核");
    writeln!(out, "{} {} ({})\n", kernel.get(lang), diagnosis.release, diagnosis.architecture)?;
    for capability in Capability::ALL {
        let answer = diagnosis.answer(capability);
        let word = word(answer, capability);
        let detail = Some(diagnosis.detail(capability)).filter(|text| !text.is_empty());
        let detail = detail.map_or_else(String::new, |text| format!(" [{}]", plain::plain(text)));
        writeln!(
            out,
            "{} {} {}{detail}",
            padded(name(capability), 28),
            padded(word.get(lang), 10),
            purpose(capability).get(lang)
        )?;
    }
    writeln!(out)?;
    let verdict = diagnosis.refusal().unwrap_or_else(|| verdict(diagnosis));
    writeln!(out, "{}", verdict.get(lang))
}

fn verdict(diagnosis: &Diagnosis) -> Text {
    let missing: Vec<&str> =
        [Capability::UringSubmit, Capability::UringComplete, Capability::CapabilityChecks]
            .into_iter()
            .filter(|capability| diagnosis.answer(*capability) != Answer::Yes)
            .map(name)
            .collect();
    if missing.is_empty() {
        return Text::new("The sensor sees all of its events here.", "传感器在此可以看到全部事件。");
    }
    Text::new(
        format!("The sensor works here, without the events of {}.", missing.join(", ")),
        format!("传感器在此可以工作，但没有 {} 的事件。", missing.join("、")),
    )
}

fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(plain::width(text))))
}

fn word(answer: Answer, capability: Capability) -> Text {
    match answer {
        Answer::Yes => Text::new("yes", "有"),
        Answer::Absent if capability.is_needed() => Text::new("MISSING", "缺少"),
        Answer::Absent => Text::new("absent", "无"),
        Answer::Refused if capability.is_needed() => Text::new("REFUSED", "被拒绝"),
        Answer::Refused => Text::new("refused", "被拒绝"),
        Answer::Untried => Text::new("untried", "未尝试"),
    }
}

/// The name as programs and documentation use it; the same in each language.
pub(super) fn name(capability: Capability) -> &'static str {
    match capability {
        Capability::Btf => "BTF",
        Capability::Privilege => "privilege",
        Capability::RingBuffer => "ring buffer",
        Capability::Calls => "sys_exit",
        Capability::Exec => "sched_process_exec",
        Capability::Fork => "sched_process_fork",
        Capability::Exit => "sched_process_exit",
        Capability::CapabilityChecks => "cap_capable",
        Capability::UringSubmit => "io_uring_submit_req",
        Capability::UringComplete => "io_uring_complete",
        Capability::CurrentTaskBtf => "bpf_get_current_task_btf",
        Capability::Loop => "bpf_loop",
        Capability::SendSignal => "bpf_send_signal",
        Capability::Lsm => "BPF LSM",
        Capability::Fentry => "fentry",
        Capability::Kprobe => "kprobe",
        Capability::CgroupConnect => "cgroup/connect4",
        Capability::MemoryLimit => "RLIMIT_MEMLOCK",
        Capability::CgroupV2 => "cgroup v2",
        Capability::CgroupV1 => "cgroup v1",
        Capability::Compat => "32-bit programs",
    }
}

fn purpose(capability: Capability) -> Text {
    let (en, zh) = match capability {
        Capability::Btf => ("the kernel's types, which programs are fitted to", "内核类型信息，程序据此适配"),
        Capability::Privilege => ("loading programs", "加载程序"),
        Capability::RingBuffer => ("the way of events to user space", "事件传到用户空间的通道"),
        Capability::Calls => ("system calls", "系统调用"),
        Capability::Exec => ("programs that begin", "程序启动"),
        Capability::Fork => ("processes that begin", "进程创建"),
        Capability::Exit => ("processes that end", "进程结束"),
        Capability::CapabilityChecks => {
            ("checks of capabilities (event capable)", "权能检查（capable 事件）")
        }
        Capability::UringSubmit => ("what is submitted through io_uring", "经 io_uring 提交的操作"),
        Capability::UringComplete => ("the results of io_uring", "io_uring 操作的结果"),
        Capability::CurrentTaskBtf => ("cheaper reading of the task", "更快地读取任务"),
        Capability::Loop => ("paths deeper than 16 folders", "超过 16 层的路径"),
        Capability::SendSignal => ("responses that interrupt", "可中断进程的响应"),
        Capability::Lsm => ("responses that prevent", "可阻止操作的响应"),
        Capability::Fentry => ("not used by events", "事件不使用"),
        Capability::Kprobe => ("not used by events", "事件不使用"),
        Capability::CgroupConnect => ("responses that prevent connections", "可阻止连接的响应"),
        Capability::MemoryLimit => {
            ("only kernels before 5.11 count maps against it", "仅 5.11 之前的内核需要")
        }
        Capability::CgroupV2 => ("identity of containers", "容器身份"),
        Capability::CgroupV1 => ("identity of containers", "容器身份"),
        Capability::Compat => ("their calls are seen too", "其系统调用也可见"),
    };
    Text::new(en, zh)
}
