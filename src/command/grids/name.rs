//! Names of grids, which become names of files.

use std::fmt;
use std::str::FromStr;

use anyhow::{Error, ensure};
use serde::Deserialize;

/// Longer than any grid's.
const LONGEST: usize = 200;

/// The name of a file and nothing else: it leads out of no folder, and hides in none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct GridName(String);

impl GridName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for GridName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-');
        let is_good = text.starts_with(|first: char| first.is_ascii_alphanumeric()) && text.chars().all(is_plain);
        ensure!(
            is_good && text.len() <= LONGEST,
            "expected the name of a file, of a-z, A-Z, 0-9, '.', '_' and '-' and such as de_adv_BETA2007.tif, found {text:?}"
        );
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for GridName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl fmt::Display for GridName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        for good in ["de_adv_BETA2007.tif", "BETA2007.gsb", "egm96_15.gtx", "a"] {
            assert_eq!(good.parse::<GridName>().unwrap().as_str(), good);
        }
        let long = "x".repeat(LONGEST + 1);
        for bad in
            ["", ".", "..", "../x", "a/b", "/etc/passwd", ".hidden", "-rf", "a\\b", "a b", "a\0b", "ü.tif", &long]
        {
            let error = bad.parse::<GridName>().expect_err(bad).to_string();
            assert!(error.contains("expected the name of a file") && error.contains("found"), "{error}");
        }
    }
}
