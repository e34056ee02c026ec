//! A box on earth.

use std::str::FromStr;

use anyhow::{Context, Error, ensure};

/// A box on earth, in degrees. One whose west is east of its east goes across the antimeridian.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    pub west: f64,
    pub south: f64,
    pub east: f64,
    pub north: f64,
}

impl Area {
    /// Whether they have anything in common, be it an edge.
    pub fn touches(&self, other: &Area) -> bool {
        let rows = self.south <= other.north && other.south <= self.north;
        let columns = self.spans().any(|(west, east)| other.spans().any(|(w, e)| west <= e && w <= east));
        rows && columns
    }

    /// From where to where it reaches, in two parts when it goes across the antimeridian.
    fn spans(&self) -> impl Iterator<Item = (f64, f64)> {
        let whole = (self.west <= self.east).then_some((self.west, self.east));
        let parts = [(self.west, 180.0), (-180.0, self.east)];
        whole.into_iter().chain(parts.into_iter().filter(move |_| whole.is_none()))
    }
}

impl FromStr for Area {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let expected =
            || format!("expected west,south,east,north in degrees, for example 5.9,45.8,10.5,47.8, found {text:?}");
        let numbers: Result<Vec<f64>, _> = text.split(',').map(|number| number.trim().parse()).collect();
        let [west, south, east, north] = numbers.ok().and_then(|four| four.try_into().ok()).with_context(expected)?;
        let is_on_earth =
            [west, east].iter().all(|x: &f64| x.abs() <= 180.0) && [south, north].iter().all(|y: &f64| y.abs() <= 90.0);
        ensure!(is_on_earth && south <= north, expected());
        Ok(Self { west, south, east, north })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(text: &str) -> Area {
        text.parse().unwrap()
    }

    #[test]
    fn areas_touch_also_across_the_antimeridian() {
        let switzerland = area("5.9,45.8,10.5,47.8");
        assert!(switzerland.touches(&area("10.5,47.8,11,48")) && switzerland.touches(&area("-180,-90,180,90")));
        assert!(!switzerland.touches(&area("11,45,12,48")) && !switzerland.touches(&area("6,48,10,49")));
        let fiji = area("176, -21, -178, -12");
        assert!(fiji.touches(&area("179,-20,180,-19")) && fiji.touches(&area("-180,-20,-179,-19")));
        assert!(fiji.touches(&area("-179,-20,177,-19")) && !fiji.touches(&area("0,-20,10,-19")));
    }

    #[test]
    fn what_is_no_area_is_refused_with_an_example() {
        for bad in ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "0,10,0,5", "0,0,181,0", "0,-91,1,0", "NaN,0,1,1"] {
            let error = bad.parse::<Area>().expect_err(bad).to_string();
            assert!(error.contains("expected west,south,east,north") && error.contains(bad), "{error}");
        }
    }
}
