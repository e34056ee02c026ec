//! HTTP: GraphQL, files, health, metrics.
