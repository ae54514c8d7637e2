//! How wide columns are.

/// Columns between two columns.
pub(super) const GAP: usize = 2;

/// What a column would like and what it can live with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    /// Its widest entry.
    pub(super) natural: usize,
    /// What it may shrink to.
    pub(super) least: usize,
}

/// Widths that fit into `room` together with the gaps between them: the widest shrink first. Where even the least is
/// too wide, the widths are the least, and lines end in an ellipsis.
pub(super) fn fit(wishes: &[Wish], room: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = wishes.iter().map(|w| w.natural).collect();
    let room = room.saturating_sub(GAP * wishes.len().saturating_sub(1));
    while widths.iter().sum::<usize>() > room {
        let shrinkable =
            widths.iter().zip(wishes).enumerate().filter(|(_, (width, wish))| **width > wish.least);
        let Some(widest) = shrinkable.max_by_key(|(_, (width, _))| **width).map(|(index, _)| index) else {
            break;
        };
        if let Some(width) = widths.get_mut(widest) {
            *width -= 1;
        }
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
    fn the_widest_shrink_first() {
        let wish = |natural, least| Wish { natural, least };
        assert_eq!(fit(&[wish(10, 5), wish(30, 5), wish(4, 4)], 32), [10, 14, 4]);
        assert_eq!(fit(&[wish(3, 3)], 100), [3]);
        assert_eq!(fit(&[wish(30, 20), wish(30, 20)], 10), [20, 20]);
        assert_eq!(starts(&[3, 4], 1), [1, 6]);
    }
}
