//! Why a package is there: the shortest way to it from what was asked for, over a lock file's graph.

use batten_model::Package;

/// Longest way that is told; beyond it the way explains nothing and would cost memory without bound.
const MAX_STEPS: usize = 100;

/// Fills [`Package::dependency_path`] of every package that can be reached.
///
/// `edges[i]` are the packages that package `i` needs; `starts` are the packages of the project itself, which begin
/// no way: what they need directly has a way of one step. A project that is no package of the list is a number behind
/// the list's end.
pub(crate) fn assign(packages: &mut [Package], edges: &[Vec<usize>], starts: &[usize]) {
    let count = packages.len().max(edges.len());
    let mut steps: Vec<Option<(usize, Option<usize>)>> = vec![None; count];
    let mut queue: Vec<usize> = Vec::with_capacity(count);
    for &start in starts {
        if let Some(slot @ None) = steps.get_mut(start) {
            *slot = Some((1, None));
            queue.push(start);
        }
    }
    let begun = queue.len();
    let mut next = 0;
    while let Some(&at) = queue.get(next) {
        let (length, _) = steps.get(at).copied().flatten().unwrap_or((1, None));
        // The project's own packages stand in front of the queue, and are no step of a way.
        let reached = if next < begun { (1, None) } else { (length + 1, Some(at)) };
        next += 1;
        for &to in edges.get(at).map_or(&[][..], Vec::as_slice) {
            if let Some(slot @ None) = steps.get_mut(to) {
                *slot = Some(reached);
                queue.push(to);
            }
        }
    }
    let names: Vec<String> = packages.iter().map(|p| format!("{}@{}", p.name, p.version)).collect();
    for (index, package) in packages.iter_mut().enumerate() {
        let Some((length, _)) =
            steps.get(index).copied().flatten().filter(|(length, _)| *length <= MAX_STEPS)
        else {
            continue;
        };
        let mut way = Vec::with_capacity(length);
        let mut at = Some(index);
        while let Some(step) = at {
            way.extend(names.get(step).cloned());
            at = steps.get(step).copied().flatten().and_then(|(_, from)| from);
        }
        way.reverse();
        package.dependency_path = way;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use batten_model::{Location, PackageKind};

    fn ways(count: usize, edges: &[Vec<usize>], starts: &[usize]) -> Vec<String> {
        let mut packages: Vec<Package> = (0..count)
            .map(|n| Package::new(PackageKind::Cargo, n.to_string(), "1", Location::at("x")))
            .collect();
        assign(&mut packages, edges, starts);
        packages.iter().map(|p| p.dependency_path.join(" ")).collect()
    }

    #[test]
    fn the_shortest_way_over_cycles() {
        let edges = [vec![1, 2], vec![3], vec![1], vec![4, 2], vec![3], vec![]];
        assert_eq!(ways(6, &edges, &[0]), ["0@1", "1@1", "2@1", "1@1 3@1", "1@1 3@1 4@1", ""]);
        assert_eq!(ways(2, &[vec![1], vec![], vec![0]], &[2]), ["0@1", "0@1 1@1"]);
    }

    #[test]
    fn long_ways_are_left_out() {
        let edges: Vec<Vec<usize>> = (0..500).map(|n| vec![n + 1]).collect();
        let ways = ways(500, &edges, &[0]);
        assert!(!ways[100].is_empty() && ways[101].is_empty());
    }
}
