mod authorization;
mod import_edges;
mod lock_floors;
mod openapi;
mod personal_data;
mod schema_parity;
mod sealed_columns;
mod texts;
