//! The tables of both databases. A test compares this file with each of them.

#![expect(missing_docs, reason = "the macro makes one item a column; the migrations say what each holds")]

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    divisions (code) {
        code -> Text,
        name -> Text,
        level -> Text,
        parent_code -> Nullable<Text>,
        year -> Integer,
        opened_year -> Integer,
        closed_year -> Nullable<Integer>,
        successor_code -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    division_facts (code) {
        code -> Text,
        population -> Nullable<BigInt>,
        households -> Nullable<BigInt>,
        latitude -> Nullable<Double>,
        longitude -> Nullable<Double>,
        made_up -> Bool,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    division_changes (id) {
        id -> BigInt,
        year -> Integer,
        code -> Text,
        kind -> Text,
        detail -> Jsonb,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    units (id) {
        id -> BigInt,
        public_id -> Text,
        name -> Text,
        kind -> Text,
        parent_id -> Nullable<BigInt>,
        created_at -> Instant,
        closed_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    unit_divisions (unit_id, division_code) {
        unit_id -> BigInt,
        division_code -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    persons (id) {
        id -> BigInt,
        public_id -> Text,
        key -> Binary,
        openid_index -> Nullable<Binary>,
        openid -> Nullable<Binary>,
        state -> Text,
        created_at -> Instant,
        last_signed_in_at -> Nullable<Instant>,
        origin -> Text,
        registered_at -> Nullable<Instant>,
        registered_by -> Nullable<BigInt>,
        division_code -> Nullable<Text>,
        phone -> Nullable<Binary>,
        phone_index -> Nullable<Binary>,
        phone_proof -> Nullable<Text>,
        phone_proved_at -> Nullable<Instant>,
        phone_contested_until -> Nullable<Instant>,
        name -> Nullable<Binary>,
        birth_year -> Nullable<SmallInt>,
        paused_at -> Nullable<Instant>,
        review -> Text,
        last_reached_day -> Nullable<Date>,
        counted_in -> Nullable<Text>,
        counted_as -> Text,
        counted_reached -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    officers (id) {
        id -> BigInt,
        public_id -> Text,
        key -> Binary,
        username -> Text,
        password_hash -> Text,
        totp_secret -> Binary,
        totp_step -> BigInt,
        role -> Text,
        unit_id -> Nullable<BigInt>,
        state -> Text,
        created_at -> Instant,
        name -> Nullable<Binary>,
        phone -> Nullable<Binary>,
        phone_index -> Nullable<Binary>,
        disabled_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    sign_in_attempts (username_index) {
        username_index -> Binary,
        window_started_at -> Instant,
        window_failures -> Integer,
        day_started_at -> Instant,
        day_failures -> Integer,
        totp_failures -> Integer,
        totp_window_started_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    sessions (id) {
        id -> BigInt,
        public_id -> Text,
        holder_kind -> Text,
        holder_id -> BigInt,
        created_at -> Instant,
        expires_at -> Instant,
        ended_at -> Nullable<Instant>,
        end_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    refresh_tokens (id) {
        id -> BigInt,
        session_id -> BigInt,
        token_hash -> Binary,
        issued_at -> Instant,
        used_at -> Nullable<Instant>,
        retired_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    change_counters (name) {
        name -> Text,
        number -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    revocations (change_number) {
        change_number -> BigInt,
        session_public_id -> Text,
        expires_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    upstream_keys (id) {
        id -> BigInt,
        key_id -> Text,
        name -> Text,
        secret -> Binary,
        state -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    upstream_nonces (upstream_key_id, nonce) {
        upstream_key_id -> BigInt,
        nonce -> Text,
        expires_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    list_entries (id) {
        id -> BigInt,
        public_id -> Binary,
        list -> Text,
        kind -> Text,
        rule -> Text,
        canonical -> Text,
        lookup_key -> Binary,
        fraud_type -> Nullable<Text>,
        severity -> SmallInt,
        source -> Text,
        owner -> Nullable<Text>,
        first_seen -> Nullable<Date>,
        last_seen -> Nullable<Date>,
        state -> Text,
        created_at -> Instant,
        updated_at -> Instant,
        change_number -> BigInt,
        held -> Bool,
        ruling -> Nullable<Text>,
        expires_on -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    list_sources (id) {
        id -> BigInt,
        name -> Text,
        confidence -> SmallInt,
        share -> SmallInt,
        confirmed -> BigInt,
        refuted -> BigInt,
        pushed_version -> BigInt,
        pushed_hash -> Nullable<Binary>,
        pushed_reply -> Nullable<Text>,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    list_claims (lookup_key, source_id) {
        lookup_key -> Binary,
        source_id -> BigInt,
        confidence -> SmallInt,
        seen_on -> Date,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    list_events (id) {
        id -> BigInt,
        lookup_key -> Binary,
        list -> Text,
        at -> Instant,
        actor_kind -> Text,
        actor_id -> Text,
        action -> Text,
        state -> Text,
        reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    list_proposals (id) {
        id -> BigInt,
        public_id -> Text,
        lookup_key -> Binary,
        list -> Text,
        ruling -> Text,
        origin -> Text,
        reason -> Text,
        created_at -> Instant,
        proposed_by -> Nullable<BigInt>,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<Instant>,
        approved -> Nullable<Bool>,
        decision_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    list_sightings (lookup_key, list, source, kind) {
        lookup_key -> Binary,
        list -> Text,
        source -> Text,
        kind -> Text,
        seen_on -> Date,
        taken_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    list_feed_files (source, hash) {
        source -> Text,
        name -> Text,
        hash -> Binary,
        taken_at -> Instant,
        outcome -> Jsonb,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    list_rescoring (id) {
        id -> Integer,
        parameters -> Text,
        position -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    list_conflicts (id) {
        id -> BigInt,
        public_id -> Text,
        lookup_key -> Binary,
        kind -> Text,
        canonical -> Text,
        opened_at -> Instant,
        settled_at -> Nullable<Instant>,
        settlement -> Nullable<Text>,
        settled_by -> Nullable<Text>,
        proposed_by -> Nullable<BigInt>,
        proposed_keep -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    warnings (id) {
        id -> BigInt,
        public_id -> Text,
        person_id -> BigInt,
        subject_index -> Binary,
        day -> Date,
        kind -> Text,
        canonical -> Binary,
        fraud_type -> Text,
        created_at -> Instant,
        reason -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    own_checks (subject_index, person_id, day) {
        subject_index -> Binary,
        person_id -> BigInt,
        day -> Date,
        fraud -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    look_back_position (id) {
        id -> Integer,
        change_number -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    check_counts (day, hour, actor, kind, verdict) {
        day -> Date,
        hour -> SmallInt,
        actor -> Text,
        kind -> Text,
        verdict -> Text,
        count -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    audit_log (id) {
        id -> BigInt,
        at -> Instant,
        actor_kind -> Text,
        actor_id -> Text,
        action -> Text,
        object_kind -> Text,
        object_id -> Text,
        request_id -> Text,
        detail -> Jsonb,
        purpose -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    idempotency_keys (actor_id, key) {
        actor_id -> Text,
        key -> Text,
        request_hash -> Binary,
        status -> SmallInt,
        response -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    servers (id) {
        id -> Text,
        seen_at -> Instant,
        keys -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    development_keys (id) {
        id -> Integer,
        key_file -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    consents (id) {
        id -> BigInt,
        person_id -> BigInt,
        purpose -> Text,
        version -> Text,
        basis -> Text,
        given_by -> Text,
        reason -> Nullable<Binary>,
        given_at -> Instant,
        withdrawn_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    person_tags (person_id, tag) {
        person_id -> BigInt,
        tag -> Text,
        source -> Text,
        set_at -> Instant,
        expires_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    family_links (id) {
        id -> BigInt,
        public_id -> Text,
        resident_id -> BigInt,
        member_id -> BigInt,
        relation -> Text,
        state -> Text,
        guard_consented_at -> Nullable<Instant>,
        guard_basis -> Nullable<Text>,
        created_at -> Instant,
        expires_at -> Nullable<Instant>,
        ended_at -> Nullable<Instant>,
        end_reason -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    phone_codes (phone_index) {
        phone_index -> Binary,
        code_index -> Binary,
        sent_at -> Instant,
        expires_at -> Instant,
        failures -> Integer,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    sign_ups (id) {
        id -> BigInt,
        person_id -> BigInt,
        at -> Instant,
        officer_id -> Nullable<BigInt>,
        device_index -> Nullable<Binary>,
        address_index -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    sign_up_reviews (id) {
        id -> BigInt,
        public_id -> Text,
        person_id -> BigInt,
        reasons -> Text,
        opened_at -> Instant,
        decided_at -> Nullable<Instant>,
        decision -> Nullable<Text>,
        decided_by -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    registration_codes (officer_id) {
        officer_id -> BigInt,
        code -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    population_counts (division_code, metric) {
        division_code -> Text,
        metric -> Text,
        count -> BigInt,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    population_days (day, division_code, metric) {
        day -> Date,
        division_code -> Text,
        metric -> Text,
        count -> BigInt,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    population_reached (division_code, day) {
        division_code -> Text,
        day -> Date,
        count -> BigInt,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    duty_shifts (id) {
        id -> BigInt,
        public_id -> Text,
        unit_id -> BigInt,
        officer_id -> BigInt,
        starts_at -> Instant,
        ends_at -> Instant,
        kind -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    officer_substitutes (id) {
        id -> BigInt,
        public_id -> Text,
        officer_id -> BigInt,
        substitute_id -> BigInt,
        from_day -> Date,
        to_day -> Date,
        created_at -> Instant,
        ended_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    responsibility_assignments (id) {
        id -> BigInt,
        public_id -> Text,
        key -> Binary,
        name -> Binary,
        phone -> Binary,
        phone_index -> Binary,
        post -> Text,
        division_code -> Text,
        patch -> Nullable<Text>,
        from_day -> Date,
        to_day -> Nullable<Date>,
        created_at -> Instant,
        created_by -> Text,
        ended_at -> Nullable<Instant>,
        ended_by -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    reports (id) {
        id -> BigInt,
        public_id -> Text,
        person_id -> BigInt,
        created_at -> Instant,
        fraud_type -> Nullable<Text>,
        text -> Nullable<Binary>,
        note -> Nullable<Binary>,
        fingerprint -> Nullable<Binary>,
        alike -> Nullable<BigInt>,
        voter_index -> Binary,
        address_index -> Nullable<Binary>,
        weight -> SmallInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    report_subjects (id) {
        id -> BigInt,
        report_id -> BigInt,
        person_id -> BigInt,
        reported_at -> Instant,
        subject_index -> Binary,
        kind -> Text,
        canonical -> Binary,
        outcome -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;

    report_bands (band, report_id) {
        band -> BigInt,
        report_id -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    report_screenshots (id) {
        id -> BigInt,
        public_id -> Text,
        report_id -> BigInt,
        media_type -> Text,
        image -> Binary,
        created_at -> Instant,
        check_state -> Text,
        check_due -> Nullable<Instant>,
        check_asked -> SmallInt,
        check_failed -> SmallInt,
        media_token -> Nullable<Text>,
        media_until -> Nullable<Instant>,
        trace_id -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    media_results (trace_id) {
        trace_id -> Text,
        suggestion -> Text,
        taken_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    link_expansions (link_index) {
        link_index -> Binary,
        trail -> Binary,
        fetched_at -> Instant,
        expires_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::Instant;

    appeals (id) {
        id -> BigInt,
        public_id -> Text,
        person_id -> BigInt,
        lookup_key -> Binary,
        list -> Text,
        kind -> Text,
        canonical -> Nullable<Binary>,
        statement -> Nullable<Binary>,
        token -> Text,
        method -> Nullable<Text>,
        created_at -> Instant,
        proved_at -> Nullable<Instant>,
        due_at -> Nullable<Instant>,
        proposal -> Nullable<Text>,
        closed_at -> Nullable<Instant>,
        outcome -> Nullable<Text>,
    }
}

diesel::joinable!(division_facts -> divisions (code));
diesel::joinable!(unit_divisions -> units (unit_id));
diesel::joinable!(unit_divisions -> divisions (division_code));
diesel::joinable!(officers -> units (unit_id));
diesel::joinable!(duty_shifts -> officers (officer_id));
diesel::joinable!(duty_shifts -> units (unit_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(upstream_nonces -> upstream_keys (upstream_key_id));
diesel::joinable!(warnings -> persons (person_id));
diesel::joinable!(consents -> persons (person_id));
diesel::joinable!(own_checks -> persons (person_id));
diesel::joinable!(appeals -> persons (person_id));
diesel::joinable!(reports -> persons (person_id));
diesel::joinable!(report_subjects -> reports (report_id));
diesel::joinable!(report_bands -> reports (report_id));
diesel::joinable!(report_screenshots -> reports (report_id));
diesel::joinable!(person_tags -> persons (person_id));

diesel::allow_tables_to_appear_in_same_query!(
    divisions,
    division_facts,
    division_changes,
    units,
    unit_divisions,
    persons,
    consents,
    person_tags,
    family_links,
    phone_codes,
    sign_ups,
    sign_up_reviews,
    registration_codes,
    population_counts,
    population_days,
    population_reached,
    officers,
    duty_shifts,
    officer_substitutes,
    responsibility_assignments,
    sign_in_attempts,
    sessions,
    refresh_tokens,
    change_counters,
    revocations,
    upstream_keys,
    upstream_nonces,
    list_entries,
    list_conflicts,
    list_sources,
    list_claims,
    list_events,
    list_proposals,
    list_sightings,
    list_rescoring,
    list_feed_files,
    link_expansions,
    warnings,
    own_checks,
    look_back_position,
    appeals,
    reports,
    report_subjects,
    report_bands,
    report_screenshots,
    media_results,
    check_counts,
    audit_log,
    idempotency_keys,
    servers,
    development_keys,
);
