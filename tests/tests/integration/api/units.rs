//! Closing units over HTTP.

use serde_json::json;

use super::officers::{created_id, unit_id, with_counties};

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_closed_once_nothing_hangs_on_it() {
    let service = with_counties().await;
    let administrator = service.officer("administrator", None).await;
    let (centre, station) = (unit_id(&service, "甲县中心").await, unit_id(&service, "甲所").await);
    let officer = created_id(&administrator, "li.lei", "community_officer", &station).await;
    let path = |id: &str| format!("/api/v1/console/units/{id}");

    let refused = administrator.delete(&path(&centre)).await.expect_problem(409, "conflict");
    assert!(refused.body["detail"].as_str().unwrap().contains("1个下级机构没有撤销（甲所）"), "{}", refused.text);
    let refused = administrator.delete(&path(&station)).await.expect_problem(409, "conflict");
    assert!(refused.body["detail"].as_str().unwrap().contains("1名在职人员，"), "{}", refused.text);

    administrator.delete(&format!("/api/v1/console/officers/{officer}")).await.expect(200);
    let closed = administrator.delete(&path(&station)).await.expect(200).body;
    assert!(closed["closed_at"].is_string(), "{closed}");
    let again = administrator.delete(&path(&station)).await.expect(200).body;
    assert_eq!(again["closed_at"], closed["closed_at"]);
    administrator.delete(&path(&centre)).await.expect(200);
    let audited = service.store().db.run_blocking(|c| store::audit_log::audit_log_of(c, "unit", &station)).unwrap();
    assert_eq!(audited.iter().filter(|row| row.action == "unit.closed").count(), 1);

    administrator.patch(&path(&station), json!({ "name": "新所" })).await.expect_problem(409, "conflict");
    let joins = json!({ "username": "han", "role": "auditor", "unit": station });
    administrator.post("/api/v1/console/officers", joins).await.expect_problem(422, "invalid_field");
    administrator.delete(&path(&"f".repeat(32))).await.expect_problem(404, "not_found");
    service.stop().await;
}
