//! The codes under which residents register with an officer.

use channels::wechat::{CodeImageRequest, EnvVersion, Scene};
use domain::{
    authorization::{Action, Scope},
    division::Level,
};
use store::registration_codes::{registration_code_find, registration_code_of};

use crate::{App, AppError, Context, divisions::DivisionView, error::ErrorCode};

/// An officer's own code.
#[derive(Debug, Clone)]
pub struct OwnCode {
    /// The code.
    pub code: String,
    /// The page of the mini-program that it opens, with the code as its scene.
    pub page: String,
}

/// What a resident learns of a code.
#[derive(Debug, Clone)]
pub struct CodeView {
    /// Name of the officer's unit.
    pub unit: Option<String>,
    /// The villages the unit serves, to choose from; the resident may choose any other.
    pub villages: Vec<DivisionView>,
    /// True if there are more than are listed: search among them.
    pub more: bool,
}

/// Villages that are listed to choose from.
const MOST_VILLAGES: usize = 200;

/// The caller's own code, made at the first asking.
pub async fn registration_code(app: &App, context: &Context) -> Result<OwnCode, AppError> {
    context.authorize(Action::RegisterPersons, Scope::Served)?;
    let (officer, now) = (context.officer()?.id, app.now());
    let code = app.store.db.write(move |connection| registration_code_of(connection, officer, now)).await?;
    Ok(OwnCode { code, page: app.settings.registration.code_page.clone() })
}

/// The caller's own code as the picture WeChat makes of it: bytes and content type.
pub async fn registration_code_image(app: &App, context: &Context) -> Result<(Vec<u8>, &'static str), AppError> {
    let own = registration_code(app, context).await?;
    let settings = &app.settings.registration;
    let env_version = match settings.code_env_version.as_str() {
        "trial" => EnvVersion::Trial,
        "develop" => EnvVersion::Develop,
        _ => EnvVersion::Release,
    };
    let scene = Scene::parse(&own.code).map_err(|error| AppError::internal(error.to_string()))?;
    let request = CodeImageRequest { scene, page: Some(own.page), env_version, width: None };
    let image = app.wechat.code_image(&request).await.map_err(|error| {
        let mut refusal = AppError::new(ErrorCode::WechatUnavailable, "微信暂时无法生成登记码图片，请稍后再试。");
        refusal.retry_after = Some(60);
        refusal.cause = Some(error.to_string());
        refusal
    })?;
    Ok((image.bytes.to_vec(), image.image_type.content_type()))
}

/// What a code says to a resident: whose unit it is, and which villages to choose from.
pub async fn registration_code_read(app: &App, context: &Context, code: &str) -> Result<CodeView, AppError> {
    context.authorize(Action::ManageOwnData, Scope::Own)?;
    let code = code.to_owned();
    let found = app.store.db.run(move |connection| registration_code_find(connection, &code)).await?;
    let holder = found.ok_or_else(AppError::not_found)?;
    let tree = app.divisions.get(&app.store.db).await?;
    let mut villages = tree
        .nodes()
        .filter(|node| node.is_open() && node.stored.division.level == Level::Village)
        .filter(|node| tree.is_within(node.code(), &holder.served));
    let listed: Vec<DivisionView> =
        villages.by_ref().take(MOST_VILLAGES).map(|node| DivisionView::of(&tree, node)).collect();
    Ok(CodeView { unit: holder.unit, villages: listed, more: villages.next().is_some() })
}
