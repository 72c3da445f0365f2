//! Divisions (行政区划): the tree of provinces, cities, counties, townships and villages.
//!
//! Players: a [`Division`] is one row of a division file, checked by itself; a [`DivisionCode`] names it; [`checked`]
//! tells which rows of a file form a tree; [`merge`] compares a newer file with the divisions in use and says what is
//! added, renamed, moved and vanished; a [`Place`] is where a community lies.
//!
//! Level and parent are what the file says. They are never read off the code: a city may have townships directly under it
//! (东莞, 中山, 儋州), and a code stays with its node when that node moves to another parent.

mod code;
mod hints;
mod level;
mod merge;
mod names;
mod place;
mod row;
mod tree;

pub use code::{DivisionCode, DivisionCodeError};
pub use level::Level;
pub use merge::{Current, Merge, Moved, NewerFile, Renamed, Vanished, merge};
pub use names::{Likeness, Written, stem};
pub use place::{Place, PlaceError};
pub use row::{Division, RowFault};
pub use tree::{Checked, Known, checked};
