//! Named outcomes: a mutation answers with a union of what may come of it.

/// Defines the payload of a mutation: the outcome that was wanted, and the refusals that have a name of their own there.
///
/// Every payload also has the refusals that any mutation may meet; a refusal without a name of its own is `Refused`.
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident { $done:ident $(; $($refusal:ident),+)? }) => {
        $(#[$doc])*
        #[derive(async_graphql::Union)]
        #[allow(clippy::large_enum_variant, reason = "one at a time")]
        pub enum $name {
            /// It is done.
            Done($done),
            $($(
                #[allow(missing_docs)]
                $refusal(crate::graphql::refusal::$refusal),
            )+)?
            /// An argument is not what it should be.
            InvalidInput(crate::graphql::refusal::InvalidInput),
            /// Somebody has to log in.
            NotAuthenticated(crate::graphql::refusal::NotAuthenticated),
            /// They may see it, but not do this.
            PermissionDenied(crate::graphql::refusal::PermissionDenied),
            /// It is not there, or not there for them.
            NotFound(crate::graphql::refusal::NotFound),
            /// Others were faster, again and again.
            Conflict(crate::graphql::refusal::Conflict),
            /// Any other rule that is against it.
            Refused(crate::graphql::refusal::Refused),
        }

        impl From<crate::graphql::refusal::Refusal> for $name {
            fn from(refusal: crate::graphql::refusal::Refusal) -> Self {
                use crate::graphql::refusal::Refusal;
                match refusal {
                    $($(Refusal::$refusal(refusal) => Self::$refusal(refusal),)+)?
                    Refusal::InvalidInput(refusal) => Self::InvalidInput(refusal),
                    Refusal::NotAuthenticated(refusal) => Self::NotAuthenticated(refusal),
                    Refusal::PermissionDenied(refusal) => Self::PermissionDenied(refusal),
                    Refusal::NotFound(refusal) => Self::NotFound(refusal),
                    Refusal::Conflict(refusal) => Self::Conflict(refusal),
                    other => Self::Refused(other.into()),
                }
            }
        }
    };
}
