//! Measures a query with its fragments spread, walking each fragment once.

use std::collections::HashMap;

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Variables};

use super::TooLarge;
use super::lists::{Given, Lists};

/// How large a query is once its fragments are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shape {
    /// Fields inside fields.
    pub depth: usize,
    /// Fields inside fields, below `__schema` and `__type`.
    pub introspection_depth: usize,
    /// Fields.
    pub fields: usize,
    /// Aliases.
    pub aliases: usize,
    /// Directives.
    pub directives: usize,
    /// Fields, each as often as the lists around it have rows.
    pub cost: usize,
}

impl Shape {
    /// The largest of the document's operations, in each direction.
    pub fn of(document: &ExecutableDocument, variables: &Variables, lists: &Lists) -> Result<Self, TooLarge> {
        let mut largest = Self::default();
        for (_, operation) in document.operations.iter() {
            let given = Given::new(&operation.node, variables);
            let mut ruler = Ruler { document, given, lists, fragments: HashMap::new() };
            let mut shape = ruler.selections(&operation.node.selection_set.node)?;
            shape.directives += operation.node.directives.len();
            largest = Self {
                depth: largest.depth.max(shape.depth),
                introspection_depth: largest.introspection_depth.max(shape.introspection_depth),
                fields: largest.fields.max(shape.fields),
                aliases: largest.aliases.max(shape.aliases),
                directives: largest.directives.max(shape.directives),
                cost: largest.cost.max(shape.cost),
            };
        }
        Ok(largest)
    }

    fn beside(self, other: Self) -> Self {
        Self {
            depth: self.depth.max(other.depth),
            introspection_depth: self.introspection_depth.max(other.introspection_depth),
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            cost: self.cost.saturating_add(other.cost),
        }
    }
}

struct Ruler<'a> {
    document: &'a ExecutableDocument,
    given: Given<'a>,
    lists: &'a Lists,
    /// None: being measured right now.
    fragments: HashMap<&'a Name, Option<Shape>>,
}

impl<'a> Ruler<'a> {
    fn selections(&mut self, selections: &'a SelectionSet) -> Result<Shape, TooLarge> {
        selections.items.iter().try_fold(Shape::default(), |sum, item| {
            let (shape, directives) = match &item.node {
                Selection::Field(field) => (self.field(&field.node)?, field.node.directives.len()),
                Selection::FragmentSpread(spread) => {
                    (self.fragment(&spread.node.fragment_name.node)?, spread.node.directives.len())
                }
                Selection::InlineFragment(inline) => {
                    (self.selections(&inline.node.selection_set.node)?, inline.node.directives.len())
                }
            };
            Ok(sum.beside(shape).beside(Shape { directives, ..Shape::default() }))
        })
    }

    fn field(&mut self, field: &'a Field) -> Result<Shape, TooLarge> {
        let inner = self.selections(&field.selection_set.node)?;
        let own = Shape { fields: 1, aliases: usize::from(field.alias.is_some()), ..Shape::default() };
        let mut shape = inner.beside(own);
        shape.cost = self.lists.rows(field, &self.given).saturating_mul(inner.cost).saturating_add(1);
        if matches!(field.name.node.as_str(), "__schema" | "__type") {
            shape.introspection_depth = inner.depth.max(inner.introspection_depth) + 1;
            shape.depth = 0;
        } else {
            shape.depth = inner.depth + 1;
        }
        Ok(shape)
    }

    fn fragment(&mut self, name: &'a Name) -> Result<Shape, TooLarge> {
        match self.fragments.get(name) {
            Some(Some(shape)) => return Ok(*shape),
            Some(None) => return Err(TooLarge::Cycle(name.to_string())),
            None => {}
        }
        // An unknown fragment is validation's to report.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(Shape::default()) };
        self.fragments.insert(name, None);
        let mut shape = self.selections(&fragment.node.selection_set.node)?;
        shape.directives = shape.directives.saturating_add(fragment.node.directives.len());
        self.fragments.insert(name, Some(shape));
        Ok(shape)
    }
}
