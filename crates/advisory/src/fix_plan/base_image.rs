//! Where most findings lie in the base image, a newer base is less work than many upgrades.

use batten_model::{Finding, Inventory, SubjectKind, Text};
use serde::Serialize;

/// A newer base image would remove most of the findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BaseImageHint {
    /// The base image's name, where the image's labels tell (`org.opencontainers.image.base.name`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Findings in the base's layer.
    pub findings: usize,
    /// All findings with a place in a layer.
    pub of: usize,
    /// One line for people.
    pub advice: Text,
}

/// The hint, where the lowest layer and the distribution's packages hold more than half of the fixable findings.
pub(super) fn hint(inventory: &Inventory, findings: &[Finding]) -> Option<BaseImageHint> {
    if inventory.subject.kind != SubjectKind::Image {
        return None;
    }
    let base = inventory.layers.iter().find(|layer| !layer.skipped)?;
    let placed: Vec<&Finding> = findings
        .iter()
        .filter(|f| f.package.as_ref().is_some_and(|package| !package.fixed.is_empty()))
        .filter(|f| f.locations.iter().any(|place| place.layer.is_some()))
        .collect();
    let in_base = placed
        .iter()
        .filter(|f| f.locations.iter().any(|place| place.layer.as_ref() == Some(&base.diff_id)))
        .count();
    if in_base == 0 || in_base * 2 <= placed.len() {
        return None;
    }
    let label = |(key, _): &&(String, String)| key == "org.opencontainers.image.base.name";
    let name =
        inventory.config.as_ref().and_then(|config| config.labels.iter().find(label)).map(|(_, v)| v.clone());
    let distribution = inventory.os.present().map(|os| os.name.clone()).unwrap_or_default();
    let shown = name.clone().unwrap_or(distribution);
    let (of_en, of_zh) =
        if shown.is_empty() { Default::default() } else { (format!(" ({shown})"), format!("（{shown}）")) };
    let all = placed.len();
    Some(BaseImageHint {
        advice: Text::new(
            format!(
                "{in_base} of {all} fixable findings are in the base image{of_en}: build again from a newer one"
            ),
            format!("{all} 个可修复的问题中有 {in_base} 个位于基础镜像{of_zh}：请基于更新的基础镜像重新构建"),
        ),
        name,
        findings: in_base,
        of: all,
    })
}
