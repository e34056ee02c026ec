//! Guesses a media type from a file name.
