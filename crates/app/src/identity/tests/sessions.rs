//! Sessions of residents: tokens, refreshing, signing out.

use super::support::{World, context, known_as, refusal, take_database};
use crate::{
    Context,
    identity::{self, HolderKind, resident_sign_in::begin, revocations_refresh},
};

#[tokio::test]
async fn a_resident_is_known_by_the_access_token_until_it_expires() {
    let world = World::new();
    let app = world.server().await;
    let tokens = begin(&app, "o-1".to_owned()).await.unwrap();
    assert_eq!(tokens.expires_in, 900);
    assert_eq!(known_as(&app, &tokens).await, "resident");
    world.pass(899);
    assert_eq!(known_as(&app, &tokens).await, "resident");
    world.pass(6);
    assert_eq!(known_as(&app, &tokens).await, "unauthenticated");
}

#[tokio::test]
async fn who_sends_no_token_is_nobody_known_and_who_sends_a_wrong_one_is_refused() {
    let world = World::new();
    let app = world.server().await;
    assert!(matches!(identity::authenticate(&app, None).await, Ok(crate::Actor::Anonymous)));
    let tokens = begin(&app, "o-1".to_owned()).await.unwrap();
    for wrong in ["", "x", "a.b.c", &tokens.refresh_token, tokens.access_token.trim_start_matches("e")] {
        assert_eq!(refusal(identity::authenticate(&app, Some(wrong)).await), "unauthenticated", "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn residents_are_known_while_the_database_is_away_and_ended_sessions_stay_refused() {
    let world = World::new();
    let mut app = world.server().await;
    let kept = begin(&app, "o-1".to_owned()).await.unwrap();
    let ended = begin(&app, "o-2".to_owned()).await.unwrap();
    identity::sign_out(&app, &context(&app, &ended).await.unwrap(), HolderKind::Resident).await.unwrap();
    take_database(&mut app);
    assert_eq!(refusal(revocations_refresh(&app).await), "unavailable");
    assert_eq!(known_as(&app, &kept).await, "resident");
    assert_eq!(known_as(&app, &ended).await, "unauthenticated");
    let refreshed = identity::session_refresh(&app, HolderKind::Resident, &kept.refresh_token, "r").await.unwrap_err();
    assert_eq!((refreshed.code.as_str(), refreshed.retry_after), ("unavailable", Some(2)));
}

#[tokio::test]
async fn signing_out_ends_every_session_here_at_once_and_elsewhere_with_the_next_reading() {
    let world = World::new();
    let (here, elsewhere) = (world.server().await, world.server().await);
    let phone = begin(&here, "o-1".to_owned()).await.unwrap();
    let tablet = begin(&elsewhere, "o-1".to_owned()).await.unwrap();
    let other = begin(&here, "o-2".to_owned()).await.unwrap();
    identity::sign_out(&here, &context(&here, &phone).await.unwrap(), HolderKind::Resident).await.unwrap();
    assert_eq!((known_as(&here, &phone).await, known_as(&here, &tablet).await), ("unauthenticated", "unauthenticated"));
    revocations_refresh(&elsewhere).await.unwrap();
    assert_eq!(
        (known_as(&elsewhere, &phone).await, known_as(&elsewhere, &tablet).await),
        ("unauthenticated", "unauthenticated")
    );
    assert_eq!((known_as(&here, &other).await, known_as(&elsewhere, &other).await), ("resident", "resident"));
    for tokens in [&phone, &tablet] {
        let refreshed = identity::session_refresh(&here, HolderKind::Resident, &tokens.refresh_token, "r").await;
        assert_eq!(refusal(refreshed), "refresh_refused");
    }
}

#[tokio::test]
async fn only_who_has_sessions_of_that_kind_signs_out() {
    let world = World::new();
    let app = world.server().await;
    let nobody = Context { actor: crate::Actor::Anonymous, request_id: "r".to_owned() };
    assert_eq!(refusal(identity::sign_out(&app, &nobody, HolderKind::Resident).await), "unauthenticated");
    let resident = begin(&app, "o-1".to_owned()).await.unwrap();
    let resident = context(&app, &resident).await.unwrap();
    assert_eq!(refusal(identity::sign_out(&app, &resident, HolderKind::Officer).await), "forbidden");
}

#[tokio::test]
async fn a_second_use_of_a_refresh_token_ends_the_access_tokens_of_the_session_too() {
    let world = World::new();
    let app = world.server().await;
    let first = begin(&app, "o-1".to_owned()).await.unwrap();
    let refresh = |token: String| {
        let app = &app;
        async move { identity::session_refresh(app, HolderKind::Resident, &token, "r").await }
    };
    let second = refresh(first.refresh_token.clone()).await.unwrap();
    assert_ne!(second.access_token, "");
    assert_eq!(known_as(&app, &second).await, "resident");
    world.pass(11);
    assert_eq!(refusal(refresh(first.refresh_token.clone()).await), "refresh_refused");
    assert_eq!(known_as(&app, &first).await, "unauthenticated");
    assert_eq!(known_as(&app, &second).await, "unauthenticated");
    assert_eq!(refusal(refresh(second.refresh_token).await), "refresh_refused");
    let again = begin(&app, "o-1".to_owned()).await.unwrap();
    assert_eq!(known_as(&app, &again).await, "resident");
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused_and_tokens_are_for_one_api() {
    let world = World::new();
    let app = world.server().await;
    let tokens = begin(&app, "o-1".to_owned()).await.unwrap();
    let long = "x".repeat(5_000);
    for (kind, token) in [
        (HolderKind::Resident, ""),
        (HolderKind::Resident, "x"),
        (HolderKind::Resident, long.as_str()),
        (HolderKind::Resident, &tokens.access_token),
        (HolderKind::Officer, &tokens.refresh_token),
    ] {
        assert_eq!(refusal(identity::session_refresh(&app, kind, token, "r").await), "refresh_refused", "{token}");
    }
    let kind = HolderKind::Resident;
    assert!(identity::session_refresh(&app, kind, &tokens.refresh_token, "r").await.is_ok());
}

#[tokio::test]
async fn the_same_person_comes_back_as_the_same_resident() {
    let world = World::new();
    let app = world.server().await;
    let mut ids = Vec::new();
    for openid in ["o-1", "o-1", "o-2"] {
        let tokens = begin(&app, openid.to_owned()).await.unwrap();
        ids.push(context(&app, &tokens).await.unwrap().resident().unwrap().public_id.clone());
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
    identity::prune(&app).await.unwrap();
}
