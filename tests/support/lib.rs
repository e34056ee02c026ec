//! The test cloud: a whole Fieldlog in one process, for stories.
