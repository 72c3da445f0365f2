//! Medians, and lines that show them.

/// The middle one; of an even number the mean of the two in the middle.
pub fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        length if length.is_multiple_of(2) => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    }
}

/// One way of asking, measured in every round.
#[derive(Debug, Default)]
pub struct Series {
    /// Microseconds of processor time an operation.
    pub cost: Vec<f64>,
    /// Operations a second.
    pub rate: Vec<f64>,
}

impl Series {
    /// One line: the medians and the range of the cost.
    pub fn show(&self, name: &str) {
        let least = self.cost.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.cost.iter().copied().fold(0.0, f64::max);
        println!(
            "{name:<44} {:>9.3} us CPU ({least:.3}-{most:.3})  {:>9.0} /s",
            median(&self.cost),
            median(&self.rate)
        );
    }

    /// The median over the rounds of the cost relative to `other`.
    pub fn ratio_to(&self, other: &Self) -> f64 {
        let ratios: Vec<f64> = self.cost.iter().zip(&other.cost).map(|(own, other)| own / other).collect();
        median(&ratios)
    }
}

/// One line: what was found and what it should be.
pub fn goal(name: &str, found: f64, unit: &str, most: f64) {
    let met = if found <= most { "met" } else { "NOT MET" };
    println!("  {name:<52} {found:>8.3} {unit:<14} goal <= {most} {unit}: {met}");
}

/// One line: what was found and what it should be at least.
pub fn least(name: &str, found: f64, unit: &str, least: f64) {
    let met = if found >= least { "met" } else { "NOT MET" };
    println!("  {name:<52} {found:>8.0} {unit:<14} goal >= {least} {unit}: {met}");
}
