//! The HTTP API for residents: routes, request and reply types, nothing else.

mod checks;
mod divisions;
mod sessions;
mod warnings;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes, below `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(sessions::session_create)
        .service(sessions::session_refresh)
        .service(sessions::session_delete)
        .service(checks::check_batch)
        .service(checks::check_create)
        .service(warnings::warning_list)
        .service(divisions::divisions_nearest)
        .service(divisions::divisions_find)
        .service(divisions::division_children)
        .service(divisions::division_get);
}
