//! `fieldlog.toml`, beneath what the environment and the flags say.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use super::Overrides;

/// What `given` says, and where it says nothing, what the file says.
pub fn beneath(given: &Overrides) -> Result<Overrides> {
    let usual = Path::new("fieldlog.toml");
    let path = match &given.config {
        Some(path) => path.as_path(),
        None if usual.exists() => usual,
        None => return Ok(given.clone()),
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the settings {}", path.display()))?;
    let in_file: Overrides =
        toml::from_str(&text).with_context(|| format!("the settings {} are wrong", path.display()))?;
    let mut merged = said(&in_file)?;
    merged.extend(said(given)?);
    Ok(serde_json::from_value(Value::Object(merged))?)
}

/// The settings that were set.
fn said(overrides: &Overrides) -> Result<Map<String, Value>> {
    let Value::Object(all) = serde_json::to_value(overrides)? else { return Ok(Map::new()) };
    Ok(all.into_iter().filter(|(_, value)| !value.is_null()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str, mut given: Overrides) -> Result<Overrides> {
        let dir = tempfile::tempdir()?;
        let path = dir.path().join("fieldlog.toml");
        std::fs::write(&path, text)?;
        given.config = Some(path);
        beneath(&given)
    }

    #[test]
    fn flags_win_over_the_file() -> Result<()> {
        let given = Overrides { worker_slots: Some(7), ..Overrides::default() };
        let set = with_file("worker_slots = 3\nimage = 'mine'\n", given)?;
        assert_eq!((set.worker_slots, set.image.as_deref()), (Some(7), Some("mine")));
        Ok(())
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error = with_file("worker_slot = 3\n", Overrides::default()).expect_err("the key is unknown");
        assert!(format!("{error:#}").contains("worker_slot"), "{error:#}");
    }

    #[test]
    fn a_wrong_value_is_named_with_what_was_expected() {
        let error = with_file("worker_slots = 'many'\n", Overrides::default()).expect_err("the value is wrong");
        let text = format!("{error:#}");
        assert!(text.contains("worker_slots") && text.contains("many"), "{text}");
    }
}
