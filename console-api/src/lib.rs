//! The HTTP API for officers, for upstream systems and for providers who call back: routes, request and reply types, nothing else.

mod callbacks;
mod divisions;
mod duty;
mod lists;
mod officers;
mod persons;
mod responsibilities;
mod sessions;
mod statistics;
mod times;
mod units;
mod upstream;
mod waiting;

use utoipa_actix_web::service_config::ServiceConfig;

/// The routes, below `/api/v1`.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(sessions::officer_session_create)
        .service(sessions::officer_session_refresh)
        .service(sessions::officer_session_delete)
        .service(divisions::division_facts_get)
        .service(divisions::division_history_list)
        .service(divisions::division_successor_set)
        .service(divisions::division_facts_import)
        .service(divisions::divisions_import)
        .service(units::units_import)
        .service(units::units_list)
        .service(units::unit_create)
        .service(units::unit_get)
        .service(units::unit_change)
        .service(units::unit_divisions_set)
        .service(units::unit_close)
        .service(officers::officers_import)
        .service(officers::officers_list)
        .service(officers::officer_create)
        .service(officers::officer_get)
        .service(officers::officer_change)
        .service(officers::officer_disable)
        .service(officers::officer_credentials_reset)
        .service(officers::officer_enable)
        .service(duty::duty_current)
        .service(duty::duty_shifts_list)
        .service(duty::duty_shifts_put)
        .service(duty::substitutes_list)
        .service(duty::substitute_create)
        .service(duty::substitute_end)
        .service(responsibilities::responsibilities_import)
        .service(responsibilities::responsibility_gaps)
        .service(responsibilities::responsibilities_list)
        .service(responsibilities::responsibility_assign)
        .service(responsibilities::responsibility_end)
        .service(persons::registration_code_image)
        .service(persons::registration_code_own)
        .service(persons::residents_import)
        .service(persons::residents_list)
        .service(persons::resident_create)
        .service(persons::resident_reveal)
        .service(persons::resident_tags_set)
        .service(persons::resident_get)
        .service(waiting::family_invitations_list)
        .service(waiting::family_invitation_attest)
        .service(waiting::sign_up_reviews_list)
        .service(waiting::sign_up_review_decide)
        .service(statistics::population_get)
        .service(lists::list_status)
        .service(lists::list_source_list)
        .service(lists::list_proposal_list)
        .service(lists::list_proposals_decide)
        .service(lists::list_rulings_propose)
        .service(lists::list_export)
        .service(lists::list_entry_list)
        .service(lists::list_entry_propose)
        .service(lists::list_entry_get)
        .service(lists::list_appeal_queue)
        .service(lists::list_appeal_papers)
        .service(lists::list_appeal_get)
        .service(lists::list_report_queue)
        .service(lists::list_report_screenshot_get)
        .service(lists::list_report_get)
        .service(lists::list_conflict_list)
        .service(lists::list_conflict_settle)
        .service(callbacks::media_get)
        .service(callbacks::wechat_address_prove)
        .service(callbacks::wechat_push_take)
        .service(upstream::upstream_list_push)
        .service(upstream::upstream_check_batch)
        .service(upstream::upstream_check_create);
}
