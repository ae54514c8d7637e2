//! The inventory as it is when a plan has been carried out.

use super::FixPlan;
use batten_model::Inventory;
use std::collections::BTreeMap;

/// Gives each upgraded package its new version. Nothing else of the inventory changes.
pub fn apply(inventory: &Inventory, plan: &FixPlan) -> Inventory {
    let targets: BTreeMap<&str, &str> = plan
        .steps
        .iter()
        .flat_map(|step| &step.upgrades)
        .map(|upgrade| (upgrade.reference.as_str(), upgrade.to.as_str()))
        .collect();
    let mut after = inventory.clone();
    for package in &mut after.packages {
        let Some(version) = targets.get(package.reference().as_str()) else { continue };
        package.version = (*version).to_owned();
        if let Some(source) = &mut package.source {
            source.version = (*version).to_owned();
        }
    }
    after
}
