//! Why a package is there: the shortest way to it from what was asked for, over a lock file's graph.

use batten_model::{DependencyPath, Package};

/// Longest way that is told; beyond it the way explains nothing and would cost time without bound.
const MAX_STEPS: usize = 100;

/// What each package of a lock file needs: all targets in one list, in the order of the packages.
#[derive(Debug, Default)]
pub(crate) struct Edges {
    /// Where each package's targets begin, and one place behind the last.
    starts: Vec<u32>,
    targets: Vec<u32>,
}

impl Edges {
    /// From pairs of a package and what it needs, among `count` packages; the needs of one package keep their order.
    pub(crate) fn of(count: usize, pairs: &[(u32, u32)]) -> Edges {
        let mut starts = vec![0_u32; count + 1];
        for (from, _) in pairs {
            if let Some(next) = starts.get_mut(*from as usize + 1) {
                *next += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut targets = vec![0; sum as usize];
        // Filled from behind, so that each start is where it belongs when its package is done.
        let mut ends = starts.get(1..).unwrap_or_default().to_vec();
        for (from, to) in pairs.iter().rev() {
            if let Some(end) = ends.get_mut(*from as usize) {
                *end -= 1;
                if let Some(slot) = targets.get_mut(*end as usize) {
                    *slot = *to;
                }
            }
        }
        Edges { starts, targets }
    }

    /// What the package numbered `from` needs.
    pub(crate) fn from(&self, from: u32) -> &[u32] {
        let at = |index: usize| self.starts.get(index).map_or(0, |place| *place as usize);
        self.targets.get(at(from as usize)..at(from as usize + 1)).unwrap_or_default()
    }

    /// Everything that some package needs.
    pub(crate) fn targets(&self) -> &[u32] {
        &self.targets
    }
}

/// Fills [`Package::dependency_path`] of every package that can be reached from `asked`, what the project itself
/// asks for: its ways have one step.
pub(crate) fn assign(packages: &mut [Package], edges: &Edges, asked: &[u32]) {
    let mut reached = vec![false; packages.len()];
    let mut queue: Vec<u32> = Vec::with_capacity(packages.len());
    let start = DependencyPath::new();
    reach(asked, &start, packages, &mut reached, &mut queue);
    let mut next = 0;
    while let Some(&at) = queue.get(next) {
        next += 1;
        let path = packages.get(at as usize).map(|package| package.dependency_path.clone());
        // Breadth first: whatever comes behind a way of full length has no shorter one.
        if let Some(path) = path.filter(|path| path.len() < MAX_STEPS) {
            reach(edges.from(at), &path, packages, &mut reached, &mut queue);
        }
    }
}

fn reach(
    targets: &[u32],
    front: &DependencyPath,
    packages: &mut [Package],
    reached: &mut [bool],
    queue: &mut Vec<u32>,
) {
    for &to in targets {
        let index = to as usize;
        if let (Some(slot @ false), Some(package)) = (reached.get_mut(index), packages.get_mut(index)) {
            *slot = true;
            package.dependency_path = front.then(format!("{}@{}", package.name, package.version));
            queue.push(to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batten_model::{Location, PackageKind};

    fn ways(count: usize, pairs: &[(u32, u32)], asked: &[u32]) -> Vec<String> {
        let mut packages: Vec<Package> = (0..count)
            .map(|n| Package::new(PackageKind::Cargo, n.to_string(), "1", Location::at("x")))
            .collect();
        assign(&mut packages, &Edges::of(count, pairs), asked);
        packages.iter().map(|p| p.dependency_path.steps().join(" ")).collect()
    }

    #[test]
    fn edges_keep_their_order() {
        let edges = Edges::of(3, &[(2, 1), (0, 2), (2, 0), (0, 1), (9, 9)]);
        assert_eq!(
            [edges.from(0), edges.from(1), edges.from(2), edges.from(3)],
            [&[2, 1][..], &[], &[1, 0], &[]]
        );
        assert!(Edges::of(0, &[]).from(0).is_empty());
    }

    #[test]
    fn the_shortest_way_over_cycles() {
        let pairs = [(0, 1), (0, 2), (1, 3), (2, 1), (3, 4), (3, 2), (4, 3)];
        assert_eq!(ways(6, &pairs, &[1, 2]), ["", "1@1", "2@1", "1@1 3@1", "1@1 3@1 4@1", ""]);
        assert_eq!(ways(2, &[(0, 1), (1, 0)], &[0, 7]), ["0@1", "0@1 1@1"]);
    }

    #[test]
    fn long_ways_are_left_out() {
        let pairs: Vec<(u32, u32)> = (0..500).map(|n| (n, n + 1)).collect();
        let ways = ways(500, &pairs, &[0]);
        assert!(!ways[99].is_empty() && ways[100].is_empty());
    }
}
