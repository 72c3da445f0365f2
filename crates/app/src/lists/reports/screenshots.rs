//! Screenshots that belong to a report.

use domain::authorization::{Action, Scope};
use imagesize::ImageType;
use keyring::PublicId;
use store::{
    StoreError,
    persons::person_find,
    reports::{NewScreenshot, report_of, screenshots_size},
};

use super::media_checks::public_url;
use crate::{App, AppError, Context, error::ErrorCode};

/// Pixels of a side: more is no screenshot.
const LONGEST_SIDE: usize = 20_000;

/// Adds a screenshot to one of the caller's reports. Returns its outward id. The type is read from the picture itself,
/// whatever it is said to be.
///
/// # Errors
/// `unsupported_media_type` for what is no PNG, JPEG, GIF, BMP or WebP; `invalid_field` for one that is too large; `conflict` where the
/// report has as many as it may.
pub async fn screenshot_add(app: &App, context: &Context, report: String, image: Vec<u8>) -> Result<String, AppError> {
    context.authorize(Action::ReportSubject, Scope::Own)?;
    let resident = context.resident()?.public_id.clone();
    let settings = app.settings.reports.clone();
    if image.len() > settings.screenshot_bytes {
        let most = settings.screenshot_bytes >> 20;
        return Err(AppError::invalid("/", format!("图片过大：每张最多{most}MB，请截取一部分再上传。")));
    }
    let media_type = media_type(&image)?;
    let (keyring, now, ask) = (app.store.keyring.clone(), app.now(), public_url(app).is_some());
    app.write(move |connection| {
        let person = person_find(connection, &keyring, &resident)?.ok_or(StoreError::NotFound)?;
        let report = report_of(connection, &keyring, &person, &report)?;
        if screenshots_size(connection, report.id)? >= i64::from(settings.screenshots) {
            let most = settings.screenshots;
            return Err(AppError::new(ErrorCode::Conflict, format!("一次举报最多附{most}张图片。")));
        }
        let public_id = PublicId::random();
        let new = NewScreenshot { public_id, media_type, image: &image, ask, now };
        store::reports::screenshot_add(connection, &keyring, &person, report.id, &new)?;
        Ok(public_id.to_string())
    })
    .await
}

fn media_type(image: &[u8]) -> Result<&'static str, AppError> {
    let media_type = match imagesize::image_type(image) {
        Ok(ImageType::Png) => "image/png",
        Ok(ImageType::Jpeg) => "image/jpeg",
        Ok(ImageType::Gif) => "image/gif",
        Ok(ImageType::Bmp) => "image/bmp",
        Ok(ImageType::Webp) => "image/webp",
        _ => return Err(no_picture()),
    };
    let size = imagesize::blob_size(image).map_err(|_| no_picture())?;
    if size.width == 0 || size.height == 0 || size.width.max(size.height) > LONGEST_SIDE {
        return Err(AppError::invalid("/", format!("图片尺寸有误：每边须为1到{LONGEST_SIDE}像素。")));
    }
    Ok(media_type)
}

fn no_picture() -> AppError {
    AppError::new(ErrorCode::UnsupportedMediaType, "请上传PNG、JPEG、GIF、BMP或WebP格式的图片。")
}
