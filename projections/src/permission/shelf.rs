//! Lists of what somebody may see.
