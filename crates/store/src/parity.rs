//! What the databases' catalogues say, for the test that both have the same shape.

use std::collections::BTreeMap;

use diesel::{
    QueryableByName, RunQueryDsl as _, sql_query,
    sql_types::{Bool, Text},
};

use crate::{connection::DbConnection, error::StoreError};

/// A column as its database describes it.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Column {
    /// The table.
    #[diesel(sql_type = Text)]
    pub table: String,
    /// The column.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// Whether it may be null.
    #[diesel(sql_type = Bool)]
    pub nullable: bool,
    /// Whether it belongs to the primary key.
    #[diesel(sql_type = Bool)]
    pub in_key: bool,
}

const SQLITE: &str = "select m.name as 'table', c.name as name, c.\"notnull\" = 0 as nullable, c.pk > 0 as in_key \
    from sqlite_master m join pragma_table_info(m.name) c \
    where m.type = 'table' and m.name not like 'sqlite_%' and m.name <> '__diesel_schema_migrations'";

const POSTGRES: &str = "select c.table_name::text as table, c.column_name::text as name, c.is_nullable = 'YES' as nullable, \
    exists (select 1 from information_schema.key_column_usage k join information_schema.table_constraints t \
        on t.constraint_name = k.constraint_name and t.table_name = k.table_name and t.constraint_type = 'PRIMARY KEY' \
        where k.table_name = c.table_name and k.column_name = c.column_name) as in_key \
    from information_schema.columns c \
    where c.table_schema = 'public' and c.table_name <> '__diesel_schema_migrations'";

/// Every column of our tables.
pub fn columns(connection: &mut DbConnection) -> Result<Vec<Column>, StoreError> {
    let query = match connection {
        DbConnection::Pg(_) => POSTGRES,
        DbConnection::Sqlite(_) => SQLITE,
    };
    Ok(sql_query(query).load(connection)?)
}

/// Tables and their columns as [`crate::schema`] names them, sorted.
pub fn schema_columns() -> BTreeMap<String, Vec<String>> {
    let mut tables = BTreeMap::<String, Vec<String>>::new();
    let mut table = None;
    for line in include_str!("schema.rs").lines().map(str::trim) {
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            table = Some(name.to_owned());
        } else if let Some((column, _)) = line.split_once(" -> ").filter(|_| line.ends_with(",")) {
            tables.entry(table.clone().unwrap_or_default()).or_default().push(column.to_owned());
        }
    }
    tables.values_mut().for_each(|columns| columns.sort());
    tables
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Nullable<Text>)]
    line: Option<String>,
}

/// Every row of every table as text, by table; bytes stand in hex. For tests of what lies in the database.
pub fn rows_as_text(connection: &mut DbConnection) -> Result<BTreeMap<String, Vec<String>>, StoreError> {
    let mut columns = BTreeMap::<String, Vec<String>>::new();
    for column in self::columns(connection)? {
        columns.entry(column.table).or_default().push(column.name);
    }
    let mut rows = BTreeMap::new();
    for (table, columns) in columns {
        let line = match connection {
            DbConnection::Pg(_) => "t::text".to_owned(),
            DbConnection::Sqlite(_) => {
                let text = |name: &String| {
                    format!(
                        "case when typeof(t.\"{name}\") = 'blob' then lower(hex(t.\"{name}\")) else ifnull(t.\"{name}\", '') end"
                    )
                };
                columns.iter().map(text).collect::<Vec<_>>().join(" || ',' || ")
            }
        };
        let lines: Vec<Line> = sql_query(format!("select {line} as line from {table} as t")).load(connection)?;
        rows.insert(table, lines.into_iter().filter_map(|line| line.line).collect());
    }
    Ok(rows)
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

/// The value of an SQL expression that gives a text: for tests that look at the database server itself.
pub fn value_of(connection: &mut DbConnection, expression: &str) -> Result<String, StoreError> {
    Ok(sql_query(format!("select {expression} as value")).get_result::<Value>(connection)?.value)
}
