//! Every operation says which rows it leaves in the audit log, and those about people are called and seen to leave them.

mod declared;
mod scene;

use std::collections::BTreeSet;

use declared::{DECLARED, Leaves};
use serde_json::Value;

fn document() -> Value {
    serde_json::from_str(&server::openapi().to_json().unwrap()).unwrap()
}

/// Method, path and name of every operation.
fn operations() -> Vec<(String, String, String)> {
    let document = document();
    let paths = document["paths"].as_object().unwrap().iter().filter(|(path, _)| path.starts_with("/api/"));
    let of_path = |(path, item): (&String, &Value)| -> Vec<(String, String, String)> {
        let item = item.as_object().unwrap().iter();
        item.map(|(method, operation)| {
            (method.clone(), path.clone(), operation["operationId"].as_str().unwrap().to_owned())
        })
        .collect()
    };
    paths.flat_map(of_path).collect()
}

#[test]
fn every_operation_declares_what_it_leaves_in_the_audit_log() {
    let declared: Vec<&str> = DECLARED.iter().map(|(operation, _)| *operation).collect();
    let once: BTreeSet<&str> = declared.iter().copied().collect();
    assert_eq!(declared.len(), once.len(), "an operation stands there twice");
    let operations = operations();
    for (method, path, operation) in &operations {
        let named = once.contains(operation.as_str());
        assert!(
            named,
            "{method} {path}: declare in house/audit/declared.rs which rows {operation} leaves, or why none"
        );
    }
    for operation in once {
        assert!(operations.iter().any(|(.., name)| name == operation), "{operation} is gone");
    }
}

/// What officers read of people leaves a row; so does everything they change of them. That is called one by one.
#[tokio::test(flavor = "multi_thread")]
async fn every_route_about_people_leaves_its_rows_and_no_other_shows_people() {
    let mut scene = scene::Scene::open().await;
    scene.residents().await;
    scene.reviews_and_invitations().await;
    scene.imports_of_residents().await;
    scene.officers().await;
    scene.duty().await;
    scene.responsibilities().await;
    scene.what_shows_nobody().await;
    scene.reports_and_appeals().await;

    let console = |operation: &str| {
        operations().into_iter().any(|(_, path, name)| name == operation && path.starts_with("/api/v1/console/"))
    };
    for (operation, leaves) in DECLARED.iter().filter(|(operation, _)| console(operation)) {
        match leaves {
            Leaves::Rows(actions) => {
                for action in *actions {
                    assert!(scene.has_left(operation, action), "{operation} was not seen to leave {action}");
                }
            }
            Leaves::Nothing(_) => {
                let reads = operations().into_iter().any(|(method, _, name)| name == *operation && method == "get");
                assert!(!reads || scene.was_quiet(operation), "{operation} was not asked what it shows");
            }
        }
    }
    scene.without_the_audit_log().await;
}
