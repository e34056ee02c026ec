//! Counts the tokens of a query and how deep its brackets nest, without parsing it.
//!
//! The parser recurses into brackets, so a text of nothing but brackets would end its stack.

use super::TooLarge;

/// The parser recurses a few times per bracket; this is far from the end of any stack and beyond any sensible query.
const MAX_NESTING: usize = 50;

/// Refuses more than `limit` tokens.
pub fn check(query: &str, limit: usize) -> Result<(), TooLarge> {
    let (mut count, mut nesting) = (0, 0_usize);
    let mut rest = query;
    while let Some(token) = next_token(&mut rest) {
        count += 1;
        match token {
            "{" | "(" | "[" => nesting += 1,
            "}" | ")" | "]" => nesting = nesting.saturating_sub(1),
            _ => {}
        }
        if count > limit {
            return Err(TooLarge::Tokens { limit });
        }
        if nesting > MAX_NESTING {
            return Err(TooLarge::Nesting { limit: MAX_NESTING });
        }
    }
    Ok(())
}

fn next_token<'a>(rest: &mut &'a str) -> Option<&'a str> {
    skip_ignored(rest);
    let first = rest.chars().next()?;
    let length = match first {
        '"' => string_length(rest),
        '.' => rest.bytes().take(3).take_while(|byte| *byte == b'.').count(),
        c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
        c => c.len_utf8(),
    };
    let (token, after) = rest.split_at(length);
    *rest = after;
    Some(token)
}

fn skip_ignored(rest: &mut &str) {
    loop {
        *rest = rest.trim_start_matches([' ', '\t', '\n', '\r', ',', '\u{feff}']);
        if !rest.starts_with('#') {
            return;
        }
        *rest = rest.find(['\n', '\r']).map_or("", |end| &rest[end..]);
    }
}

/// Names and numbers.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+')
}

fn string_length(text: &str) -> usize {
    let (quote, body) = match text.strip_prefix("\"\"\"") {
        Some(body) => ("\"\"\"", body),
        None => ("\"", &text[1..]),
    };
    let mut is_escaped = false;
    for (at, c) in body.char_indices() {
        if !is_escaped && body[at..].starts_with(quote) {
            return at + 2 * quote.len();
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::next_token;

    fn tokens(mut text: &str) -> Vec<&str> {
        std::iter::from_fn(|| next_token(&mut text)).collect()
    }

    #[test]
    fn tokens_are_told_apart() {
        let query = "query($a:[Int!]=[-1]) { # {{{\n f(s: \"a\\\"{\", b: \"\"\"x \"y\" {\"\"\") ...F @skip }";
        let expected = [
            "query",
            "(",
            "$",
            "a",
            ":",
            "[",
            "Int",
            "!",
            "]",
            "=",
            "[",
            "-1",
            "]",
            ")",
            "{",
            "f",
            "(",
            "s",
            ":",
            "\"a\\\"{\"",
            "b",
            ":",
            "\"\"\"x \"y\" {\"\"\"",
            ")",
            "...",
            "F",
            "@",
            "skip",
            "}",
        ];
        assert_eq!(tokens(query), expected);
        assert_eq!(tokens("\"never closed"), ["\"never closed"]);
        assert_eq!(tokens("ü{"), ["ü", "{"]);
    }
}
