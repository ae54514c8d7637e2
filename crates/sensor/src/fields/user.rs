//! `user.*` and `group.*`

use super::{Judged, uint};
use batten_rules::catalogue::Field;
use batten_rules::value::Value;
use std::collections::HashMap;

/// Users and groups of the host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Users {
    users: HashMap<u32, User>,
    groups: HashMap<u32, String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct User {
    name: String,
    home: String,
    shell: String,
}

impl Users {
    /// From the contents of `/etc/passwd` and `/etc/group`; lines that are not sound are left out.
    pub fn parse(passwd: &str, group: &str) -> Users {
        let mut users = HashMap::new();
        for line in passwd.lines() {
            let fields: Vec<&str> = line.split(':').collect();
            if let [name, _, id, _, _, home, shell] = fields.as_slice()
                && let Ok(id) = id.parse()
            {
                let user = User { name: (*name).into(), home: (*home).into(), shell: (*shell).into() };
                users.entry(id).or_insert(user);
            }
        }
        let mut groups = HashMap::new();
        for line in group.lines() {
            let mut fields = line.split(':');
            if let (Some(name), Some(Ok(id))) = (fields.next(), fields.nth(1).map(str::parse)) {
                groups.entry(id).or_insert_with(|| name.to_owned());
            }
        }
        Users { users, groups }
    }

    /// The name of a user.
    pub fn user(&self, id: u32) -> Option<&str> {
        self.users.get(&id).map(|user| user.name.as_str())
    }

    /// The name of a group.
    pub fn group(&self, id: u32) -> Option<&str> {
        self.groups.get(&id).map(String::as_str)
    }
}

impl Judged<'_> {
    pub(super) fn user_value(&self, field: Field) -> Option<Value<'_>> {
        let process = self.seen.process?;
        let cred = &process.cred;
        let users = &self.around.users;
        // A container has users of its own; only root is the same everywhere.
        let shared = self.container_id() == "host";
        let name = |id: u32| users.user(id).filter(|_| shared || id == 0).map(Value::from);
        match field {
            Field::UserUid => uint(cred.euid),
            Field::UserName => name(cred.euid),
            Field::UserHomedir => {
                users.users.get(&cred.euid).filter(|_| shared).map(|u| u.home.as_str().into())
            }
            Field::UserShell => {
                users.users.get(&cred.euid).filter(|_| shared).map(|u| u.shell.as_str().into())
            }
            // No login is -1.
            Field::UserLoginuid if cred.loginuid == u32::MAX => Some(Value::Int(-1)),
            Field::UserLoginuid => Some(Value::Int(cred.loginuid.into())),
            Field::UserLoginname => users.user(cred.loginuid).map(Value::from),
            Field::GroupGid => uint(cred.egid),
            Field::GroupName => users.group(cred.egid).filter(|_| shared || cred.egid == 0).map(Value::from),
            _ => None,
        }
    }
}
