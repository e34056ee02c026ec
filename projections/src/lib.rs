//! Read models: folds of the log into SQLite, and the questions they answer.
