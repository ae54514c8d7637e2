//! Lists with the lists in them written out.

use crate::limits::Limits;
use crate::load::fault::{Fault, Outcome};
use crate::load::items::Items;
use crate::syntax::{Literal, unquote};
use std::cell::Cell;
use std::rc::Rc;

/// The texts of a list.
type Texts = Rc<[Box<[u8]>]>;

/// The texts of each list, by its place among the lists.
pub(crate) struct Lists {
    texts: Vec<Option<Texts>>,
    used: Vec<Cell<bool>>,
}

impl Lists {
    /// Writes out all lists. A list that is too long, or that is in itself, is an error and stays empty.
    pub(crate) fn new(items: &Items, limits: &Limits, faults: &mut Vec<Fault>) -> Lists {
        let count = items.lists.len();
        let mut lists = Lists { texts: vec![None; count], used: vec![Cell::new(false); count] };
        for at in 0..count {
            if let Err(fault) = lists.write_out(at, items, limits, &mut Vec::new()) {
                faults.push(*fault);
                if let Some(place) = lists.texts.get_mut(at) {
                    *place = Some(Rc::from([]));
                }
            }
        }
        lists
    }

    fn write_out(
        &mut self,
        at: usize,
        items: &Items,
        limits: &Limits,
        open: &mut Vec<usize>,
    ) -> Outcome<Texts> {
        if let Some(Some(known)) = self.texts.get(at) {
            return Ok(Rc::clone(known));
        }
        let Some((name, list)) = items.lists.at(at) else { return Ok(Rc::from([])) };
        if open.contains(&at) || open.len() >= limits.macro_depth {
            let en = format!("the list '{name}' is in itself, or its lists are nested too deep");
            return Err(Fault::meaning(en, format!("列表“{name}”包含自身，或嵌套过深"), &list.context));
        }
        open.push(at);
        let mut texts: Vec<Box<[u8]>> = Vec::with_capacity(list.items.len());
        for item in &list.items {
            let inner = items.lists.position(item).filter(|inner| {
                items.lists.at(*inner).is_some_and(|(_, inner)| inner.order.defined < list.order.changed)
            });
            match inner {
                // A list that bears the name of one of its own items means the item.
                Some(inner) if inner != at => {
                    self.use_at(inner);
                    texts.extend(self.write_out(inner, items, limits, open)?.iter().cloned());
                }
                _ => texts.push(unquote(item).into_bytes().into()),
            }
            if texts.len() > limits.list_items {
                let n = limits.list_items;
                let en = format!("the list '{name}' has more than {n} items");
                return Err(Fault::meaning(en, format!("列表“{name}”超过 {n} 项"), &list.context));
            }
        }
        open.pop();
        let texts: Texts = texts.into();
        if let Some(place) = self.texts.get_mut(at) {
            *place = Some(Rc::clone(&texts));
        }
        Ok(texts)
    }

    fn use_at(&self, at: usize) {
        if let Some(used) = self.used.get(at) {
            used.set(true);
        }
    }

    pub(crate) fn is_used(&self, at: usize) -> bool {
        self.used.get(at).is_some_and(Cell::get)
    }

    /// Appends what a text in a comparison stands for: a list's items, or itself.
    pub(crate) fn resolve(&self, literal: &Literal, items: &Items, out: &mut Vec<Box<[u8]>>) {
        let list = items.lists.position(&literal.text).filter(|_| !literal.quoted);
        match list.and_then(|at| Some((at, self.texts.get(at)?.as_ref()?))) {
            Some((at, texts)) => {
                self.use_at(at);
                out.extend(texts.iter().cloned());
            }
            None => out.push(literal.text.as_bytes().into()),
        }
    }
}
