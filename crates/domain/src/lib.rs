//! The words of Golden Bell and the rules about them, pure: no I/O, no clock, no async.
//!
//! Players: a [`Subject`] is what people check (a phone number, a link, an account); its *canonical form* is the one
//! spelling under which it is stored and looked up; a [`ListRule`] is what a list entry says about a range of subjects;
//! a [`LookupKey`] is the fixed-size public name of a canonical form in the in-memory lists.
//!
//! Flow of a check: [`extract`] finds subjects in a text, [`Subject::parse`] makes each canonical, [`candidates`] gives
//! the keys under which a listed rule would stand, most specific first, and [`verdict`] turns what was found, together
//! with [`lookalike`] and [`wording`], into words a resident understands.

pub mod account;
pub mod appeal;
pub mod authorization;
pub mod candidates;
pub mod division;
pub mod extract;
pub mod fold;
pub mod fraud_type;
pub mod key;
pub mod link;
pub mod list;
pub mod lookalike;
pub mod person;
pub mod phone;
pub mod population;
pub mod protection;
pub mod report;
pub mod risk_group;
pub mod sighting;
pub mod standing;
pub mod subject;
pub mod unit;
pub mod verdict;
pub mod wording;
mod words;

pub use key::{KeyPrefix, LookupKey};
pub use list::{ListKind, ListRule, MatchRule};
pub use subject::{ParseError, Subject, SubjectKind};
