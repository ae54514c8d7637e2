//! What conditions mean: each is judged on one event, and must be true or false.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests")]

use batten_rules::case::judge;
use batten_rules::{LoadOptions, Loaded, RuleFile, load};
use serde_json::{Value as Json, json};

fn file(rules: &str) -> Loaded {
    load(&[RuleFile { name: "test.yaml", content: rules.as_bytes() }], &LoadOptions::default())
}

fn quoted(text: &str) -> String {
    // JSON strings are YAML's double-quoted strings.
    serde_json::to_string(text).unwrap()
}

/// The answer of a condition, or the message of its first error.
fn answer(condition: &str, event: &Json) -> Result<bool, String> {
    let source = if event.get("auditID").is_some() { "k8s_audit" } else { "syscall" };
    let rules = format!(
        "- list: names\n  items: [bash, '\"(systemd)\"', more_names]\n\
         - list: more_names\n  items: [zsh, \"a b\"]\n\
         - list: names2\n  items: [names, more_names]\n\
         - macro: is_bash\n  condition: proc.name = bash\n\
         - rule: r\n  desc: d\n  condition: {}\n  output: o\n  priority: INFO\n  source: {source}\n",
        quoted(condition)
    );
    let loaded = file(&rules);
    if let Some(error) = loaded.files[0].errors.first() {
        return Err(error.message.en.clone());
    }
    let alerts =
        judge(&loaded.rules, event.as_object().unwrap().clone(), 1, &mut loaded.rules.scratch()).unwrap();
    Ok(!alerts.is_empty())
}

fn event() -> Json {
    json!({
        "evt.type": "openat", "evt.rawres": -2, "evt.res": "ENOENT", "evt.arg.flags": "O_RDONLY|O_CLOEXEC",
        "evt.is_open_read": true, "evt.failed": true, "evt.rawtime": 1_700_000_000_000_000_000_u64,
        "proc.name": "bash", "proc.exe": "/bin/BASH", "proc.exepath": "/usr/bin/bash", "proc.pid": 42,
        "proc.args": ["-c", "curl http://x | sh", "-x"], "proc.cmdline": "bash -c curl http://x | sh -x",
        "proc.aname": ["sshd", "systemd"], "proc.env": "PATH=/bin", "proc.env[PATH]": "/bin",
        "proc.duration": 5_000_000_000_u64, "proc.tty": 34816, "proc.vpid": 1, "proc.fdusage": 0.25,
        "proc.cwd": "aGVsbG8=", "fd.name": "/etc/shadow", "fd.directory": "/etc", "fd.filename": "shadow",
        "fd.num": 3, "fd.typechar": "f", "fd.types": ["file", "ipv4"],
        "fd.cip": "10.1.2.3", "fd.sip": "93.184.216.34", "fd.cport": 40000, "fd.sport": 443,
        "evt.buffer": {"hex": "7f454c4602"}, "container.id": "3ad7b26ded6d", "container.mount.dest[/etc]": "/host/etc",
        "k8s.pod.label[app.kubernetes.io/name]": "web", "user.uid": 0, "user.loginuid": -1
    })
}

#[test]
fn true_conditions() {
    for condition in [
        "proc.name = bash",
        "proc.name == 'bash'",
        "proc.name = \"bash\"",
        "proc.name != zsh",
        "not proc.name = zsh",
        "not(proc.name = zsh)",
        "not not proc.name = bash",
        "proc.name = zsh or(proc.name = bash)",
        "proc.name = bash and(fd.num = 3)",
        "proc.name=bash and fd.num=3 or proc.name=zsh",
        "is_bash and (is_bash)",
        "proc.name in (names)",
        "proc.name in (names2)",
        "proc.name in names",
        "proc.name in (zsh,bash)",
        "proc.name in(bash)",
        "proc.name intersects (names)",
        "proc.name exists",
        "not proc.sname exists",
        "fd.name startswith /etc/",
        "fd.name endswith shadow",
        "fd.name contains c/sh",
        "proc.exe icontains bin/bash",
        "fd.name glob /etc/sh*",
        "fd.name glob '/???/[r-t]hadow'",
        "proc.exe iglob /BIN/*sh",
        "fd.name pmatch (/usr, /etc)",
        "fd.name pmatch (/)",
        "fd.name regex '/etc/(shadow|passwd)'",
        "fd.name contains oneof (etc, xyz)",
        "fd.name contains allof (etc, shadow)",
        "fd.name startswith anyof (/usr, /etc)",
        "fd.name = anyof (a, /etc/shadow)",
        "fd.name != allof (a, b)",
        "evt.type = openat",
        "evt.type in (open, openat)",
        "evt.type != open",
        "evt.type startswith open",
        "evt.type.is.openat = 1",
        "syscall.type = openat",
        "evt.dir = <",
        "evt.dir=< and proc.name=bash",
        "evt.source = syscall",
        "evt.num >= 1",
        "evt.num > 0",
        "evt.rawres < 0",
        "evt.rawres <= -2",
        "evt.rawres = -2",
        "evt.rawres in (-2, -13)",
        "evt.res startswith E",
        "evt.failed = true",
        "evt.failed != false",
        "evt.is_open_read=true",
        "evt.arg.flags contains O_CLOEXEC",
        "proc.aname = sshd",
        "proc.aname in (systemd)",
        "proc.aname != sshd",
        "proc.aname[1] = sshd",
        "proc.aname[0] = bash",
        "proc.aname[2] = systemd",
        "proc.pname = sshd",
        "not proc.aname[3] exists",
        "proc.args contains curl",
        "proc.args[0] = -c",
        "proc.env[PATH] = /bin",
        "proc.duration >= 5000000000",
        "proc.tty != 0",
        "proc.fdusage > 0.2",
        "fd.num >= 0",
        "fd.num = 0x3",
        "fd.ip = 10.1.2.3",
        "fd.ip != 1.2.3.4",
        "fd.net = 10.0.0.0/8",
        "fd.snet in (93.184.0.0/16, 1.2.3.4)",
        "fd.cip != 10.1.2.4",
        "fd.port = 443",
        "fd.sport = https",
        "fd.sport in (80, 443)",
        "fd.cport > 1024",
        "fd.types intersects (ipv4)",
        "fd.types in (file, ipv4, x)",
        "fd.types exists",
        "evt.buffer contains ELF",
        "evt.buffer bcontains 454c46",
        "evt.buffer bstartswith 7f454c46",
        "container.id != host",
        "container.mount.dest[/etc] startswith /host",
        "k8s.pod.label[app.kubernetes.io/name] = web",
        "user.uid = 0",
        "user.loginuid = -1",
        "tolower(proc.exe) = /bin/bash",
        "toupper(proc.name) = BASH",
        "basename(proc.exepath) = bash",
        "basename(proc.exepath) = val(proc.name)",
        "proc.name = basename(proc.exepath)",
        "tolower(basename(proc.exe)) in (bash)",
        "proc.exepath endswith val(proc.name)",
        "b64(proc.cwd) = hello",
        "len(proc.name) = 4",
        "len(fd.types) = 2",
        "len(proc.args) > 20",
        "join(\",\", proc.args) startswith \"-c,\"",
        "join(',', ('a', 'b')) = 'a,b'",
        "concat(fd.directory, \"/\", fd.filename) = val(fd.name)",
        "getopt((\"-n\", \"\"), \"n\") intersects (\"n\")",
        "getopt((\"-nt\", \"hello\"), \"nt:\") intersects (hello)",
        "getopt(proc.args, \"c:x\") intersects (x)",
        "getopt(proc.args, \"c:x\")[c] startswith curl",
        "getopt((\"--\", \"-n\"), \"n\") exists or proc.name=bash",
        "fd.cport > val(fd.sport)",
        "proc.vpid = val(proc.vpid)",
        "fd.name startswith \"\"",
        "proc.name\tin\n(bash)",
    ] {
        assert_eq!(answer(condition, &event()), Ok(true), "{condition}");
    }
}

#[test]
fn false_conditions() {
    for condition in [
        "proc.name = zsh",
        "proc.sname != x",
        "proc.sname = x",
        "proc.name in ()",
        "proc.name in (zsh)",
        "proc.name in (\"names\")",
        "proc.name = names",
        "fd.name pmatch (/et, /etc/shadow/x)",
        "fd.name regex etc",
        "fd.name glob /etc",
        "fd.name contains oneof (etc, shadow)",
        "fd.name contains allof (etc, xyz)",
        "evt.type = open",
        "evt.dir = >",
        "evt.num = 0",
        "evt.num < 1",
        "evt.source != syscall",
        "not evt.num >= 0",
        "proc.aname = bash",
        "proc.aname[1] = systemd",
        "fd.ip != 10.1.2.3",
        "fd.net != 10.0.0.0/8",
        "fd.types in (file)",
        "fd.types intersects (unix)",
        "evt.buffer contains elf",
        "getopt((\"--\", \"-n\"), \"n\") intersects (n)",
        "b64(evt.arg.flags) exists",
        "is_bash and not is_bash",
        "proc.name = bash and proc.name != bash",
    ] {
        assert_eq!(answer(condition, &event()), Ok(false), "{condition}");
    }
}

#[test]
fn conditions_that_are_refused() {
    for (condition, message) in [
        ("", "empty"),
        ("proc.name", "operator"),
        ("proc.name =", "a value"),
        ("proc.name = a b", "'and', 'or'"),
        ("proc.name = bash and", "a blank or '('"),
        ("proc.name = bash and )", "'(', a field or a macro"),
        ("(proc.name = bash", "')'"),
        ("proc.name in (a b)", "','"),
        ("proc.name is bash", "operator"),
        ("proc.nmae = bash", "did you mean 'proc.name'"),
        ("proc.name > abc", "a number"),
        ("proc.pid = abc", "no number"),
        ("proc.pid contains 1", "does not compare"),
        ("fd.sport = 70000", "no port"),
        ("fd.ip = 10.0.0.0/8", "no IP address"),
        ("fd.net = x", "no network"),
        ("evt.failed = maybe", "'true' or 'false'"),
        ("evt.type = opne", "no event type 'opne'"),
        ("evt.arg = x", "needs an argument"),
        ("proc.aname[x] = y", "number from 0"),
        ("proc.name[1] = y", "takes no such argument"),
        ("no_such_macro", "no macro"),
        ("fd.name regex '('", "regular expression"),
        ("evt.buffer bcontains xyz", "hexadecimal"),
        ("proc.name bcontains 00", "does not compare"),
        ("fd.types = file", "is a list"),
        ("ka.verb = get", "a field of k8s_audit"),
        ("tolower(proc.pid) = x", "takes one text"),
        ("tolower(proc.name, proc.name) = x", "takes one text"),
        ("fd.name pmatch val(proc.name)", "needs a constant"),
        ("proc.name = val(proc.pid)", "cannot be compared"),
        ("fd.ip = val(fd.sip)", "cannot be compared"),
        ("proc.name = 'x", "the quote that ends"),
        ("or proc.name = x", "'(', a field"),
        ("fd.name glob '!(a)'", "not supported"),
    ] {
        let error = answer(condition, &event()).unwrap_err();
        assert!(error.contains(message), "{condition}: {error}");
    }
}

#[test]
fn nesting_has_a_limit() {
    let nested = |n: usize| format!("{}proc.name = bash{}", "(".repeat(n), ")".repeat(n));
    assert_eq!(answer(&nested(100), &event()), Ok(true));
    assert!(answer(&nested(101), &event()).unwrap_err().contains("nested deeper"));
    assert!(answer(&nested(100_000), &event()).unwrap_err().contains("nested deeper"));
    let lowered = format!("{}proc.name{} = bash", "tolower(".repeat(101), ")".repeat(101));
    assert!(answer(&lowered, &event()).unwrap_err().contains("nested deeper"));
    assert_eq!(answer(&format!("{}proc.name = bash", "not ".repeat(10_000)), &event()), Ok(true));
}

fn audit() -> Json {
    json!({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "RequestResponse", "auditID": "a-1",
        "stage": "ResponseComplete", "requestURI": "/api/v1/namespaces/ns/pods?command=sh&command=-c&x=a%20b+c",
        "verb": "create", "user": {"username": "alice", "groups": ["dev", "system:authenticated"]},
        "sourceIPs": ["10.0.0.9"], "userAgent": "kubectl/v1.36",
        "objectRef": {"resource": "pods", "namespace": "ns", "name": "p", "apiVersion": "v1"},
        "responseStatus": {"code": 201}, "responseObject": {"metadata": {"name": "p-1"}},
        "requestObject": {"metadata": {"name": "p"}, "spec": {
            "hostNetwork": true, "securityContext": {"runAsUser": 1000},
            "containers": [
                {"name": "a", "image": "registry:5000/team/app:1.2@sha256:abc", "securityContext": {"privileged": true}},
                {"name": "b", "image": "nginx", "ports": [{"containerPort": 80}], "securityContext": {"runAsUser": 0}}],
            "volumes": [{"name": "v", "hostPath": {"path": "/etc"}}, {"name": "w", "emptyDir": {}}]}},
        "requestReceivedTimestamp": "2024-08-20T13:04:05.000000Z", "stageTimestamp": "2024-08-20T13:04:05.123456Z",
        "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": "RBAC"}
    })
}

#[test]
fn audit_events() {
    for condition in [
        "ka.verb = create and ka.target.resource = pods and not ka.target.subresource exists",
        "ka.user.name startswith ali and ka.user.groups intersects (dev)",
        "not ka.user.groups in (dev)",
        "ka.response.code startswith 2",
        "ka.uri.param[command] = sh",
        "ka.uri.param[x] = 'a b c'",
        "not ka.uri.param[y] exists",
        "ka.req.pod.containers.image.repository in (registry:5000/team/app, nginx)",
        "ka.req.pod.containers.image.repository[1] in (nginx)",
        "ka.req.pod.containers.privileged intersects (true)",
        "ka.req.pod.host_network intersects (true)",
        "ka.req.pod.volumes.hostpath intersects (/etc, /proc)",
        "ka.req.volume.hostpath[/et*] = true",
        "ka.req.pod.volumes.volume_type intersects (emptyDir)",
        "ka.req.pod.containers.eff_run_as_user intersects (1000)",
        "ka.req.pod.containers.eff_run_as_user intersects (0)",
        "ka.req.pod.containers.host_port intersects (80)",
        "ka.auth.decision = \"allow\"",
        "jevt.value[/stage] in (ResponseComplete)",
        "jevt.value[/requestObject/spec/containers/1/image] = nginx",
        "jevt.rawtime exists and jevt.rawtime > 1000",
        "ka.sourceips intersects (10.0.0.9)",
        "not jevt.value[/no/such] exists",
        "ka.resp.name = p-1",
    ] {
        assert_eq!(answer(condition, &audit()), Ok(true), "{condition}");
    }
    let changed = |change: &dyn Fn(&mut Json)| {
        let mut event = audit();
        change(&mut event);
        event
    };
    let role = changed(&|event| {
        event["requestObject"] = json!({"rules": [{"verbs": ["get", "*"], "resources": ["pods/exec"]}], "data": {"k": "password=1"},
            "subjects": [{"kind": "User", "name": "x"}], "roleRef": {"name": "cluster-admin"}});
    });
    for condition in [
        "ka.req.role.rules.verbs intersects (\"*\")",
        "ka.req.role.rules.resources intersects (pods/exec)",
        "ka.req.configmap.obj contains password",
        "ka.req.binding.role = cluster-admin and ka.req.binding.subjects exists",
    ] {
        assert_eq!(answer(condition, &role), Ok(true), "{condition}");
    }
}
