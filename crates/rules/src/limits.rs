//! What one load may cost at most. Rule files come from strangers.

/// Limits of a load; the defaults are far above real rule files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub file_bytes: usize,
    /// YAML nodes of one file, aliases counted as often as they are used.
    pub yaml_nodes: usize,
    /// Levels of YAML.
    pub yaml_depth: usize,
    /// Items of one list, after the lists in it are written out.
    pub list_items: usize,
    /// Items of all lists of all comparisons.
    pub total_items: usize,
    /// Rules, macros and lists.
    pub objects: usize,
    /// Levels of macros in macros.
    pub macro_depth: usize,
    /// Bytes of one condition or output, with all that is appended to it.
    pub text_bytes: usize,
    /// Problems that are kept of one file.
    pub problems: usize,
    /// Bytes that one regular expression may take once it is compiled.
    pub regex_bytes: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            file_bytes: 32 << 20,
            yaml_nodes: 4_000_000,
            yaml_depth: 64,
            list_items: 200_000,
            total_items: 4_000_000,
            objects: 200_000,
            macro_depth: 100,
            text_bytes: 1 << 20,
            problems: 1_000,
            regex_bytes: 1 << 20,
        }
    }
}
