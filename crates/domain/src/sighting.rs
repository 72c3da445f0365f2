//! What others saw of an entry, in the words of the MISP sightings.

use crate::words::words;

words! {
    /// What a sighting says against an entry. That somebody saw it again (type 0 in MISP) is no word of its own: it makes what
    /// its source says younger.
    SightingKind {
        /// It is no fraud (type 1 in MISP).
        FalsePositive = "false_positive",
        /// Who said so no longer does (type 2 in MISP).
        Expiration = "expiration",
    }
}
