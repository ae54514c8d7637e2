//! Conditions with macros in them. A macro is compiled once for each source; what it is wrong in is told once.

use super::{Compiler, Flaw, MAX_LEVELS, Remark};
use crate::catalogue::Source;
use crate::load::items::Items;
use crate::load::place::Files;
use crate::load::problem::{Code, ItemType};
use crate::program::graph::NodeId;
use crate::syntax::{self, Expr, Kind};
use std::collections::HashMap;
use std::rc::Rc;

/// A condition's node with the warnings about it.
#[derive(Clone)]
pub(crate) struct Compiled {
    pub(crate) node: NodeId,
    pub(crate) remarks: Vec<Remark>,
}

/// The macros of a load.
pub(crate) struct Macros {
    /// The tree of each; `None` where it is none.
    trees: Vec<Option<Rc<Expr>>>,
    used: Vec<bool>,
    compiled: HashMap<(usize, Source), Result<Compiled, Flaw>>,
    /// Macros that are being compiled.
    open: Vec<usize>,
    /// Macros whose flaw is told already.
    told: std::collections::HashSet<(usize, usize)>,
}

impl Macros {
    /// Reads all macros; those that cannot be read are errors.
    pub(crate) fn new(items: &Items, files: &mut Files<'_>) -> Macros {
        let mut trees = Vec::with_capacity(items.macros.len());
        for (_, item) in items.macros.iter() {
            let tree = syntax::parse(&item.condition.text);
            if let Err(error) = &tree {
                let context = item.context.within(ItemType::MacroCondition, "", item.condition.place());
                files.add_in(Code::CompileCondition, error.text.clone(), &context, &item.condition, error.at);
            }
            trees.push(tree.ok().map(Rc::new));
        }
        Macros {
            used: vec![false; trees.len()],
            trees,
            compiled: HashMap::new(),
            open: Vec::new(),
            told: Default::default(),
        }
    }

    pub(crate) fn is_used(&self, at: usize) -> bool {
        self.used.get(at).copied().unwrap_or(true)
    }

    /// Whether a flaw of a macro is to be told: the first time, and not where the macro could not even be read.
    pub(crate) fn is_news(&mut self, at: usize, flaw: &Flaw) -> bool {
        self.trees.get(at).is_some_and(Option::is_some) && self.told.insert((at, flaw.at))
    }
}

impl Compiler<'_, '_> {
    /// The node of a condition. `sees` is the moment up to which macros must have been defined to be seen.
    pub(crate) fn condition(&mut self, expr: &Expr, sees: usize) -> Result<Compiled, Flaw> {
        let mut remarks = Vec::new();
        let node = self.expr(expr, sees, &mut remarks)?;
        Ok(Compiled { node, remarks })
    }

    fn expr(&mut self, expr: &Expr, sees: usize, remarks: &mut Vec<Remark>) -> Result<NodeId, Flaw> {
        let node = match &expr.kind {
            Kind::And(parts) => {
                let parts = self.all(parts, sees, remarks)?;
                self.graph.and(parts)
            }
            Kind::Or(parts) => {
                let parts = self.all(parts, sees, remarks)?;
                self.graph.or(parts)
            }
            Kind::Not(inner) => {
                let inner = self.expr(inner, sees, remarks)?;
                self.graph.not(inner)
            }
            Kind::Macro(name) => self.named(name, expr.at, sees, remarks)?,
            Kind::Check(check) => self.surroundings.check(check, self.graph, self.budget, remarks)?,
        };
        if self.graph.depth(node) > MAX_LEVELS {
            return Err(Flaw::new(
                expr.at,
                format!("with its macros the condition has more than {MAX_LEVELS} levels"),
                format!("条件连同其宏超过 {MAX_LEVELS} 层"),
            ));
        }
        Ok(node)
    }

    fn all(&mut self, parts: &[Expr], sees: usize, remarks: &mut Vec<Remark>) -> Result<Vec<NodeId>, Flaw> {
        parts.iter().map(|part| self.expr(part, sees, remarks)).collect()
    }

    fn named(
        &mut self,
        name: &str,
        at: usize,
        sees: usize,
        remarks: &mut Vec<Remark>,
    ) -> Result<NodeId, Flaw> {
        let items = self.surroundings.items;
        let reference = |en: String, zh: String| {
            let mut flaw = Flaw::new(at, en, zh);
            flaw.is_reference = true;
            flaw
        };
        let found = items.macros.position(name).and_then(|place| Some((place, &items.macros.at(place)?.1)));
        let Some((place, item)) = found.filter(|(_, item)| item.order.defined < sees) else {
            let (en, zh) = match found {
                Some(_) => ("; it is defined only behind this macro", "；它在此宏之后才定义"),
                None => ("", ""),
            };
            return Err(reference(format!("there is no macro '{name}'{en}"), format!("没有宏“{name}”{zh}")));
        };
        let too_deep = self.macros.open.len() >= self.surroundings.limits.macro_depth;
        if self.macros.open.contains(&place) || too_deep {
            return Err(reference(
                format!("the macro '{name}' is in itself, or macros are nested too deep"),
                format!("宏“{name}”包含自身，或宏嵌套过深"),
            ));
        }
        if let Some(used) = self.macros.used.get_mut(place) {
            *used = true;
        }
        let key = (place, self.surroundings.source);
        if !self.macros.compiled.contains_key(&key) {
            self.macros.open.push(place);
            let outcome = match self.macros.trees.get(place).cloned().flatten() {
                Some(tree) => self.condition(&tree, item.order.changed),
                None => Err(Flaw::new(
                    0,
                    format!("the macro '{name}' cannot be read"),
                    format!("无法读取宏“{name}”"),
                )),
            };
            self.macros.open.pop();
            let outcome = outcome.map_err(|flaw| Flaw { within: flaw.within.or(Some(place)), ..flaw });
            self.macros.compiled.insert(key, outcome);
        }
        match self.macros.compiled.get(&key) {
            Some(Ok(compiled)) => {
                remarks.extend(compiled.remarks.iter().map(|remark| Remark { at, ..remark.clone() }));
                Ok(compiled.node)
            }
            Some(Err(flaw)) => Err(flaw.clone()),
            None => Ok(self.graph.constant(false)),
        }
    }
}
