//! YAML that every reader reads alike: texts are always in quotes, since some take a bare `yes` or `on` for a boolean.

use std::fmt::Write;

use serde_json::Value;

/// An object of JSON as a block of YAML, indented by `depth` levels.
pub fn block(value: &Value, depth: usize) -> String {
    let mut text = String::new();
    write(&mut text, value, depth);
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                let _infallible = write!(text, "{indent}{}:", key(name));
                write_field(text, field, depth + 1);
            }
        }
        Value::Array(items) => {
            for item in items {
                text.push_str(&indent);
                text.push('-');
                write_item(text, item, depth + 1);
            }
        }
        scalar => {
            let _infallible = writeln!(text, "{indent}{scalar}");
        }
    }
}

fn write_field(text: &mut String, value: &Value, depth: usize) {
    if is_block(value) {
        text.push('\n');
        write(text, value, depth);
    } else {
        let _infallible = writeln!(text, " {value}");
    }
}

/// The first line of an item stands behind its hyphen.
fn write_item(text: &mut String, value: &Value, depth: usize) {
    if is_block(value) {
        text.push(' ');
        text.push_str(block(value, depth).trim_start());
    } else {
        let _infallible = writeln!(text, " {value}");
    }
}

/// What is empty is written as in JSON, as scalars are.
fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// A name is bare when nobody can take it for something else.
fn key(name: &str) -> String {
    const OTHER: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let is_word = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match is_word && !OTHER.contains(&name.to_ascii_lowercase().as_str()) {
        true => name.to_owned(),
        false => Value::from(name).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_and_lists_are_blocks_and_texts_are_quoted() {
        let value = json!({
            "a": { "b": ["yes", 1, null, ["x", "y"], { "c": true, "d": {} }], "200": "1.0" },
            "on": [],
            "say": "a \"word\": é\n#",
        });
        let expected = r##"a:
  "200": "1.0"
  b:
    - "yes"
    - 1
    - null
    - - "x"
      - "y"
    - c: true
      d: {}
"on": []
say: "a \"word\": é\n#"
"##;
        assert_eq!(block(&value, 0), expected);
    }
}
