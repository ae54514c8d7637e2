//! Every version order: no input makes it panic, and it is an order.
#![no_main]

use batten_advisory::version::{Order, Version};
use libfuzzer_sys::fuzz_target;
use std::cmp::Ordering;

fuzz_target!(|texts: (&str, &str, &str)| {
    let (a, b, c) = texts;
    for order in Order::ALL {
        let read: Vec<Version<'_>> =
            [a, b, c].into_iter().filter_map(|text| Version::parse(order, text).ok()).collect();
        for left in &read {
            assert_eq!(left.compare(left), Ordering::Equal);
            for right in &read {
                assert_eq!(
                    left.compare(right),
                    right.compare(left).reverse(),
                    "{order:?}: {left:?} {right:?}"
                );
            }
        }
        // Maven's own order is not transitive for every text.
        if let [x, y, z] = read.as_slice()
            && order != Order::Maven
            && x.compare(y) != Ordering::Greater
            && y.compare(z) != Ordering::Greater
        {
            assert_ne!(x.compare(z), Ordering::Greater, "{order:?}: {x:?} {y:?} {z:?}");
        }
    }
});
