//! `Content-Disposition` with any name (RFC 6266, RFC 8187).

use std::fmt::Write;

/// Tells a browser to save the answer under this name.
pub fn attachment(name: &str) -> String {
    disposition("attachment", name)
}

/// Tells a browser to show the answer, and what to call it when it is saved.
pub fn inline(name: &str) -> String {
    disposition("inline", name)
}

fn disposition(kind: &str, name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') || c == ' ';
    let plain: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let mut value = format!("{kind}; filename=\"{plain}\"");
    if plain != name {
        value.push_str("; filename*=UTF-8''");
        for byte in name.bytes() {
            match byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
                true => value.push(char::from(byte)),
                false => write!(value, "%{byte:02X}").expect("writing to a String cannot fail"),
            }
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::attachment;

    #[test]
    fn plain_names_stay_as_they_are() {
        assert_eq!(attachment("trees 1.gpkg"), "attachment; filename=\"trees 1.gpkg\"");
    }

    #[test]
    fn other_names_are_given_twice() {
        assert_eq!(attachment("Bäume.gpkg"), "attachment; filename=\"B_ume.gpkg\"; filename*=UTF-8''B%C3%A4ume.gpkg");
        let cut = attachment("a\"; filename=\"b");
        assert_eq!(cut, "attachment; filename=\"a_; filename=_b\"; filename*=UTF-8''a%22%3B%20filename%3D%22b");
    }
}
