//! The OpenAPI document is made from the routes; its snapshot shows what a change does to clients.

#[test]
fn the_document_is_as_reviewed() {
    let document = server::openapi().to_pretty_json().unwrap();
    insta::assert_snapshot!("openapi", document);
}

#[test]
fn every_operation_says_how_it_fails_and_who_may_call_it() {
    let document: serde_json::Value = serde_json::from_str(&server::openapi().to_json().unwrap()).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if !path.starts_with("/api/") {
                continue;
            }
            assert!(operation["operationId"].is_string(), "{method} {path} has no name");
            assert!(operation["responses"]["default"].is_object(), "{method} {path} documents no failure");
            let tokens = operation["security"].is_array() || path.contains("sessions");
            assert!(tokens, "{method} {path} does not say who may call it");
        }
    }
}
