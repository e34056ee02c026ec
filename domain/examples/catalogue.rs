//! Prints `docs/events.md`: every event with its fields, from the doc comments of the events themselves.
//!
//! `cargo run -p fieldlog-domain --example catalogue`
#![allow(clippy::disallowed_methods, clippy::unwrap_used, missing_docs)] // reads its own source

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use quote::ToTokens;
use syn::{Attribute, Expr, Field, Fields, Item, ItemEnum, Lit, Meta, Pat};

/// Streams in the order of a story, and where their events and the values in them are written down.
const STREAMS: [(&str, &[&str]); 8] = [
    ("account", &["account/events.rs", "account/subscription.rs"]),
    ("session", &["session/mod.rs"]),
    ("name_claim", &["name_claim/mod.rs"]),
    ("resource", &["resource/events.rs", "resource/details.rs"]),
    ("file", &["file/events.rs"]),
    ("job", &["job/events.rs"]),
    ("change_set", &["change_set/events.rs", "change_set/origin.rs", "change_set/taken_back.rs"]),
    ("secret", &["secret/events.rs", "secret/name.rs"]),
];

/// Values that several streams carry, and the envelope.
const SHARED: [&str; 8] = [
    "shared/account_name.rs",
    "shared/resource_name.rs",
    "shared/file_path.rs",
    "shared/role.rs",
    "shared/client.rs",
    "shared/sealed.rs",
    "stream.rs",
    "provenance.rs",
];

const INTRODUCTION: &str = "# Events

Every event there can be, by the kind of stream it belongs to. Written by `cargo run -p fieldlog-domain --example catalogue`
from the doc comments in `domain/src`; a test fails when this page is stale (`BLESS=1` writes it anew).

Names are for ever. Beside its payload each event has an envelope: position, stream, sequence, event id, the time it was
recorded, and the metadata (last section). Words are explained in `docs/glossary.md`. Ids are UUIDs, digests are in hexadecimal,
an enumeration is written as its name in snake_case, and one whose values carry something as an object with a `kind`.
Recorded examples of every shape lie in `domain/tests/it/golden`.
";

fn main() {
    print!("{}", catalogue());
}

pub fn catalogue() -> String {
    let mut page = INTRODUCTION.to_owned();
    for (stream, sources) in STREAMS {
        let items: Vec<Item> = sources.iter().flat_map(|source| items(source)).collect();
        write_stream(&mut page, stream, &items).unwrap();
    }
    page += "\n## Shared values\n";
    SHARED.iter().try_for_each(|source| write_values(&mut page, &items(source))).unwrap();
    page
}

fn items(source: &str) -> Vec<Item> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(source);
    syn::parse_file(&std::fs::read_to_string(path).unwrap()).unwrap().items
}

fn write_stream(page: &mut String, stream: &str, items: &[Item]) -> std::fmt::Result {
    let events = items.iter().find_map(|item| match item {
        Item::Enum(item) if item.ident.to_string().ends_with("Event") => Some(item),
        _ => None,
    });
    let events = events.unwrap();
    let versions = versions(items, &events.ident.to_string());
    writeln!(page, "\n## `{stream}`\n\n{}", doc(&events.attrs))?;
    for variant in &events.variants {
        let name = variant.ident.to_string();
        writeln!(page, "\n### `{}` {}\n\n{}", snake_case(&name), versions[&name], doc(&variant.attrs))?;
        write_fields(page, &variant.fields)?;
    }
    write_values(page, items)
}

fn write_fields(page: &mut String, fields: &Fields) -> std::fmt::Result {
    if fields.is_empty() || matches!(fields, Fields::Unnamed(_)) {
        return Ok(());
    }
    writeln!(page, "\n| Field | Type | |\n|---|---|---|")?;
    fields.iter().try_for_each(|field| writeln!(page, "{}", field_row(field)))
}

fn field_row(field: &Field) -> String {
    let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("| `{name}` | `{}` | {} |", type_name(&field.ty), doc(&field.attrs))
}

/// Types that the events of this stream carry and that are written down beside them.
fn write_values(page: &mut String, items: &[Item]) -> std::fmt::Result {
    for item in items {
        match item {
            Item::Struct(item) if is_wire(&item.attrs, &item.ident) => {
                writeln!(page, "\n#### `{}`\n\n{}", item.ident, doc(&item.attrs))?;
                write_fields(page, &item.fields)?;
            }
            Item::Enum(item) if is_wire(&item.attrs, &item.ident) => write_choices(page, item)?,
            _ => {}
        }
    }
    Ok(())
}

fn write_choices(page: &mut String, item: &ItemEnum) -> std::fmt::Result {
    writeln!(page, "\n#### `{}`\n\n{}\n", item.ident, doc(&item.attrs))?;
    for variant in &item.variants {
        let fields: Vec<String> = variant.fields.iter().map(field_of_choice).collect();
        let fields = if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) };
        writeln!(page, "- `{}`{fields}: {}", snake_case(&variant.ident.to_string()), doc(&variant.attrs))?;
    }
    Ok(())
}

fn field_of_choice(field: &Field) -> String {
    let name = field.ident.as_ref().map(|ident| format!("{ident}: ")).unwrap_or_default();
    format!("`{name}{}`", type_name(&field.ty))
}

/// Derives `Serialize`, and is neither the events nor the state of an aggregate.
fn is_wire(attributes: &[Attribute], ident: &syn::Ident) -> bool {
    let derives = attributes.iter().filter(|a| a.path().is_ident("derive")).map(|a| a.to_token_stream().to_string());
    let derives = derives.collect::<String>();
    let is_state = ["Session", "NameClaim"].iter().any(|state| ident == state);
    derives.contains("Serialize") && !is_state && !ident.to_string().ends_with("Event")
}

/// The version of each variant, from the arms of `fn version`.
fn versions(items: &[Item], events: &str) -> BTreeMap<String, String> {
    let functions = items.iter().filter_map(|item| match item {
        Item::Impl(item) if item.trait_.is_none() && type_name(&item.self_ty) == events => Some(&item.items),
        _ => None,
    });
    let version = functions.flatten().find_map(|item| match item {
        syn::ImplItem::Fn(function) if function.sig.ident == "version" => Some(&function.block.stmts[0]),
        _ => None,
    });
    let Some(syn::Stmt::Expr(Expr::Match(arms), None)) = version else { panic!("{events}::version is no match") };
    arms.arms.iter().flat_map(|arm| variants_of(&arm.pat).into_iter().map(|name| (name, text(&arm.body)))).collect()
}

fn variants_of(pattern: &Pat) -> Vec<String> {
    match pattern {
        Pat::Or(patterns) => patterns.cases.iter().flat_map(variants_of).collect(),
        Pat::Struct(pattern) => vec![pattern.path.segments.last().unwrap().ident.to_string()],
        other => panic!("expected variants, found {}", other.to_token_stream()),
    }
}

/// The doc comment as one line.
fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => Some(text(&meta.value).trim().to_owned()),
        _ => None,
    });
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn text(expression: &Expr) -> String {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => text.value(),
            other => panic!("expected a text, found {}", other.to_token_stream()),
        },
        other => panic!("expected a text, found {}", other.to_token_stream()),
    }
}

/// As a reader of JSON sees it: a box is not visible there.
fn type_name(ty: &syn::Type) -> String {
    let name = ty.to_token_stream().to_string().replace(' ', "");
    name.strip_prefix("Box<").and_then(|boxed| boxed.strip_suffix('>')).unwrap_or(&name).to_owned()
}

/// As serde and strum write it.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
