//! Medians, ranges, and ratios within a round.

/// One figure's value in each round.
#[derive(Clone, Debug, Default)]
pub struct Samples(pub Vec<f64>);

impl Samples {
    /// The middle value, or the mean of the two in the middle.
    pub fn median(&self) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => None,
            length if length % 2 == 1 => Some(sorted[middle]),
            _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
        }
    }

    /// The smallest and the largest.
    pub fn range(&self) -> Option<(f64, f64)> {
        let least = self.0.iter().copied().min_by(f64::total_cmp)?;
        let most = self.0.iter().copied().max_by(f64::total_cmp)?;
        Some((least, most))
    }

    /// The median of `self / other`, round by round: what is left when the machine was slow for
    /// both.
    pub fn ratio_to(&self, other: &Self) -> Option<f64> {
        if self.0.len() != other.0.len() {
            return Some(self.median()? / other.median()?);
        }
        let ratios = self.0.iter().zip(&other.0).map(|(own, other)| own / other).collect();
        Self(ratios).median().filter(|ratio| ratio.is_finite())
    }
}

/// Three significant digits, thousands set apart.
pub fn show(value: f64) -> String {
    match value {
        _ if value >= 1_000.0 => thousands(value.round() as u64),
        _ if value >= 100.0 => format!("{value:.0}"),
        _ if value >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Samples, show};

    #[test]
    fn a_median_is_the_middle_value_or_the_mean_of_two() {
        assert_eq!(Samples(vec![]).median(), None);
        assert_eq!(Samples(vec![9.0, 1.0, 4.0]).median(), Some(4.0));
        assert_eq!(Samples(vec![9.0, 1.0, 4.0, 6.0]).median(), Some(5.0));
    }

    #[test]
    fn a_ratio_is_taken_within_each_round() {
        // The machine was ten times slower in the second round, for both.
        let (peer, ours) = (Samples(vec![2.0, 20.0, 2.2]), Samples(vec![1.0, 10.0, 1.0]));
        assert_eq!(peer.ratio_to(&ours), Some(2.0));
    }

    #[test]
    fn figures_show_three_digits() {
        let shown = [show(3.456), show(34.56), show(345.6), show(1_234_567.0)];
        assert_eq!(shown, ["3.46", "34.6", "346", "1,234,567"]);
    }
}
