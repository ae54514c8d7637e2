//! How wide columns are.

/// Columns between two columns.
pub(super) const GAP: usize = 2;

/// What a column would like and what it can live with.
#[derive(Debug, Clone)]
pub(super) struct Wish {
    /// The widths of its entries and title.
    entries: Vec<usize>,
    /// What it may shrink to.
    least: usize,
    /// How much a shortened entry is missed, as against one of weight 1.
    weight: usize,
}

impl Wish {
    /// A column with entries of these widths, which may shrink to `least`.
    pub(super) fn new(entries: impl IntoIterator<Item = usize>, least: usize) -> Wish {
        Wish { entries: entries.into_iter().collect(), least, weight: 1 }
    }

    /// A column that always has this width.
    pub(super) fn fixed(width: usize) -> Wish {
        Wish::new([width], width)
    }

    /// At most this wide.
    pub(super) fn at_most(mut self, most: usize) -> Wish {
        self.entries.iter_mut().for_each(|entry| *entry = (*entry).min(most));
        self.least = self.least.min(most);
        self
    }

    /// A column whose entries are missed more.
    pub(super) fn dear(mut self) -> Wish {
        self.weight = 2;
        self
    }

    fn natural(&self) -> usize {
        self.entries.iter().copied().max().unwrap_or_default()
    }

    /// What it costs to have this width: the columns that entries lack, as they are missed.
    fn cost(&self, width: usize) -> usize {
        self.weight * self.entries.iter().filter(|entry| **entry > width).count()
    }
}

/// Widths that fit into `room` together with the gaps between them: the column shrinks first in which it shortens
/// the fewest entries. Where even the least is too wide, the widths are the least, and lines end in an ellipsis.
pub(super) fn fit(wishes: &[Wish], room: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = wishes.iter().map(Wish::natural).collect();
    let room = room.saturating_sub(GAP * wishes.len().saturating_sub(1));
    let mut over = widths.iter().sum::<usize>().saturating_sub(room);
    while over > 0 {
        let shrinkable = widths.iter_mut().zip(wishes).filter(|(width, wish)| **width > wish.least);
        let cheapest = shrinkable.min_by_key(|(width, wish)| (wish.cost(**width - 1), usize::MAX - **width));
        let Some((width, _)) = cheapest else { break };
        *width -= 1;
        over -= 1;
    }
    widths
}

/// The columns at which entries of these widths begin.
pub(super) fn starts(widths: &[usize], first: usize) -> Vec<usize> {
    widths
        .iter()
        .scan(first, |at, width| {
            let start = *at;
            *at += width + GAP;
            Some(start)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_column_shrinks_that_shortens_the_fewest_entries() {
        let one = |natural, least| Wish::new([natural], least);
        assert_eq!(fit(&[one(10, 5), one(30, 5), one(4, 4)], 32), [10, 14, 4]);
        assert_eq!(fit(&[one(3, 3)], 100), [3]);
        assert_eq!(fit(&[one(30, 20), one(30, 20)], 10), [20, 20]);
        assert_eq!(fit(&[Wish::new([20, 20, 20], 5), Wish::new([9, 9, 30], 5)], 34), [20, 12]);
        assert_eq!(fit(&[Wish::new([12], 5), Wish::new([12], 5).dear()], 20), [6, 12]);
        assert_eq!(fit(&[Wish::new([50], 5).at_most(8), Wish::fixed(4)], 100), [8, 4]);
        assert_eq!(starts(&[3, 4], 1), [1, 6]);
    }
}
