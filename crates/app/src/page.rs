//! Lists that are read page by page.

use store::StoreError;

use crate::AppError;

/// Some of a list, and where the next ones begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// What stands on the page.
    pub items: Vec<T>,
    /// What to ask with for the next page; none on the last.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A page of `limit` out of rows of which one more was asked for; `id` is what to ask with for those behind a row.
    pub(crate) fn of(mut rows: Vec<T>, limit: u32, id: impl FnOnce(&T) -> String) -> Self {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next_cursor = rows.last().filter(|_| more).map(id);
        Self { items: rows, next_cursor }
    }

    /// The same page with other items; what has none is left out.
    pub(crate) fn filter_map<U>(self, view: impl FnMut(T) -> Option<U>) -> Page<U> {
        Page { items: self.items.into_iter().filter_map(view).collect(), next_cursor: self.next_cursor }
    }
}

/// How many rows to ask for, so that one more than a page tells whether there is a next one. Refuses a size no page has.
pub(crate) fn rows_wanted(limit: u32, most: u32) -> Result<i64, AppError> {
    if (1..=most).contains(&limit) {
        return Ok(i64::from(limit) + 1);
    }
    Err(AppError::invalid("limit", format!("每页条数须为1至{most}。")))
}

/// The refusal of a cursor that names nothing.
pub(crate) fn no_such_cursor() -> AppError {
    AppError::invalid("cursor", "翻页位置无效，请从第一页重新开始。")
}

/// What the database says of a page: what it does not find is where the page begins.
pub(crate) fn unread(error: StoreError) -> AppError {
    match error {
        StoreError::NotFound => no_such_cursor(),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_the_next_one_begins_if_there_is_one() {
        let page = |rows: &[u8], limit| Page::of(rows.to_vec(), limit, ToString::to_string);
        assert_eq!(page(&[1, 2, 3], 2), Page { items: vec![1, 2], next_cursor: Some("2".to_owned()) });
        assert_eq!(page(&[1, 2], 2), Page { items: vec![1, 2], next_cursor: None });
        assert_eq!(page(&[], 2).next_cursor, None);
        let odd = page(&[1, 2, 3], 2).filter_map(|row| (row % 2 == 1).then_some(row));
        assert_eq!(odd, Page { items: vec![1], next_cursor: Some("2".to_owned()) });
    }
}
