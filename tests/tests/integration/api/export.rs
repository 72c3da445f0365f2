//! GET /api/v1/me/export and its readable page.

use domain::{ListKind, SubjectKind};
use harness::{Client, TestService};
use serde_json::json;

use super::people::{self, COUNTY, VILLAGE};

/// Somebody of whom everything is kept that can be.
async fn known(service: &TestService) -> Client {
    service.import(ListKind::Blacklist, SubjectKind::Phone, "13812345678\n").await;
    let zhang = people::protected(service, "zhang", "13800138000", VILLAGE).await;
    let tags = json!(["G01", { "code": "独居老人", "expires_on": "2027-03-01" }]);
    zhang.patch("/api/v1/me", json!({ "name": "张小三", "birth_year": 1950, "tags": tags })).await.expect(200);
    zhang.put("/api/v1/me/pause", json!({})).await.expect(200);
    zhang.delete("/api/v1/me/pause").await.expect(200);
    let version = json!({ "version": "2026-11" });
    zhang.put("/api/v1/me/consents/campaigns", version.clone()).await.expect(200);
    zhang.delete("/api/v1/me/consents/campaigns").await.expect(200);
    zhang.put("/api/v1/me/consents/look_back", version).await.expect(200);
    for (relation, name, phone, birth_year, as_guardian) in
        [("parent", "张大爷", "13800138003", 1930, false), ("grandchild", "小明", "13800138000", 2015, true)]
    {
        let member = json!({ "relation": relation, "name": name, "phone": phone, "birth_year": birth_year,
                             "as_guardian": as_guardian });
        zhang.post("/api/v1/family-members", member).await.expect(201);
    }
    zhang.post("/api/v1/checks", json!({ "kind": "phone", "value": "13812345678" })).await.expect(200);
    let lead = people::officer(service, "county_lead").await;
    let list = lead.get(&format!("/api/v1/console/residents?division={COUNTY}")).await.expect(200).body;
    let path = format!("/api/v1/console/residents/{}", list["items"][0]["id"].as_str().unwrap());
    lead.get(&path).await.expect(200);
    let purpose = json!({ "purpose": "核实<b>预警</b>\"电话\"" });
    lead.post(&format!("{path}/contact"), purpose).await.expect(200);
    zhang
}

#[tokio::test(flavor = "multi_thread")]
async fn the_readable_page_is_chinese_and_tells_the_time_in_beijing() {
    let service = people::service().await;
    let zhang = known(&service).await;
    zhang.get("/api/v1/me/export").await.expect(200);
    let export = zhang.get("/api/v1/me/export").await.expect(200).body;
    assert_eq!(export["consents"][0]["basis"], "self");
    let page = zhang.get("/api/v1/me/export.html").await.expect(200).text;
    for words in [
        "导出时间：2026年11月24日 10:00。",
        "<th>手机号</th><td>13800138000</td>",
        "<th>手机号验证方式</th><td>微信验证</td>",
        "<th>授权</th><td>接收宣传</td>",
        "<th>撤回时间</th><td>2026年11月24日 10:00</td>",
        "<td>独居老人</td><td>G02</td><td>本人填写</td><td>2027年3月1日</td>",
        "<td>父母</td><td>张大爷</td><td>13800138003</td><td>已邀请，等待本人同意</td>",
        "<td>孙辈、外孙辈</td><td>小明</td><td>13800138000</td><td>已加入</td>",
        "<td>电话号码</td><td>13812345678</td><td>虚假网络投资理财</td>",
        "<td>本人</td><td>无</td><td>无</td><td>撤回授权：接收宣传</td>",
        "<td>工作人员</td><td>县级反诈中心负责人</td><td>甲县中心</td><td>查看辖区居民名单</td>",
        "<td>核实&lt;b&gt;预警&lt;/b&gt;&quot;电话&quot;</td>",
        "<td>导出个人数据</td>",
    ] {
        assert!(page.contains(words), "{words} is missing in {page}");
    }
    // Besides codes and the id no word of the data is left as programs read it.
    let (_, body) = page.split_once("<body>").unwrap();
    let visible = regex::Regex::new("<[^>]*>|&[a-z]+;").unwrap().replace_all(body, " ").into_owned();
    let visible = visible.replace(export["person"]["id"].as_str().unwrap(), "");
    let foreign = regex::Regex::new("[A-Za-z_]{2,}").unwrap();
    let foreign: Vec<&str> = foreign.find_iter(&visible).map(|word| word.as_str()).collect();
    assert!(foreign.is_empty(), "{foreign:?} in {visible}");
    people::end(service).await;
}
