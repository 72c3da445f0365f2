mod authorization;
mod import_edges;
mod lock_floors;
mod openapi;
mod schema_parity;
