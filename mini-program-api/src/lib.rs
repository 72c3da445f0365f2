//! The HTTP API for residents: routes, request and reply types, nothing else.

mod appeals;
mod checks;
mod divisions;
mod family;
mod me;
mod private_checks;
mod registration;
mod reports;
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
        .service(private_checks::private_prefix_rules_list)
        .service(private_checks::private_official_numbers_list)
        .service(private_checks::private_bucket_get)
        .service(warnings::warning_list)
        .service(appeals::corrections_get)
        .service(appeals::appeal_code_create)
        .service(appeals::appeal_prove)
        .service(appeals::appeal_create)
        .service(appeals::appeal_list)
        .service(appeals::appeal_get)
        .service(reports::report_screenshot_create)
        .service(reports::report_create)
        .service(reports::report_list)
        .service(reports::report_get)
        .service(divisions::divisions_nearest)
        .service(divisions::divisions_find)
        .service(divisions::division_children)
        .service(divisions::division_get)
        .service(me::me_export_page)
        .service(me::me_export)
        .service(me::access_log_list)
        .service(me::me_get)
        .service(me::me_change)
        .service(me::me_delete)
        .service(registration::phone_set)
        .service(me::home_set)
        .service(me::pause_set)
        .service(me::pause_delete)
        .service(me::consent_set)
        .service(me::consent_delete)
        .service(registration::phone_code_create)
        .service(registration::registration_create)
        .service(registration::registration_delete)
        .service(registration::registration_code_get)
        .service(family::family_list)
        .service(family::family_member_create)
        .service(family::family_member_delete)
        .service(family::invitations_list)
        .service(family::invitation_answer)
        .service(family::guard_set)
        .service(family::guard_delete);
}
