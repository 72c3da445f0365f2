//! `POST /wxa/getwxacodeunlimit`: an image, or JSON with an errcode.

use actix_web::web::Bytes;
use serde::Deserialize;

use super::quota::Quota;
use super::reply::{ARGUMENTS_WRONG, DAY_FULL, PAGE_WRONG, Reply, SCENE_LENGTH_WRONG, SCENE_WRONG};
use crate::call::Answer;

pub(crate) const PATH: &str = "/wxa/getwxacodeunlimit";
const PER_MINUTE: u32 = 5_000;
const USUAL_WIDTH: u16 = 430;

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    scene: String,
    #[serde(default)]
    page: String,
    env_version: Option<String>,
    width: Option<u16>,
}

pub(crate) fn answer(quota: &mut Quota, body: &[u8], now_ms: u64) -> Answer {
    match draw(quota, body, now_ms) {
        Ok(body) => Answer { status: 200, content_type: "image/jpeg", body },
        Err(errcode) => Reply::error(errcode).into(),
    }
}

fn draw(quota: &mut Quota, body: &[u8], now_ms: u64) -> Result<Bytes, i64> {
    // A body that is no JSON has the code of a wrong scene here, as documented.
    let wish: Wish = serde_json::from_slice(body).map_err(|_| SCENE_LENGTH_WRONG)?;
    if !(1..=32).contains(&wish.scene.chars().count()) {
        return Err(SCENE_LENGTH_WRONG);
    }
    if !wish.scene.chars().all(|c| c.is_ascii_alphanumeric() || "!#$'()*+,/:;=?@-._~".contains(c)) {
        return Err(SCENE_WRONG);
    }
    if wish.page.starts_with('/') || wish.page.contains('?') {
        return Err(PAGE_WRONG);
    }
    let env_version = wish.env_version.as_deref().unwrap_or("release");
    let width = wish.width.unwrap_or(USUAL_WIDTH);
    if !matches!(env_version, "release" | "trial" | "develop") || !(280..=1280).contains(&width) {
        return Err(ARGUMENTS_WRONG);
    }
    // The one call whose minute ends in the code of a day.
    quota.add(now_ms, PER_MINUTE, u32::MAX).map_err(|_| DAY_FULL)?;
    let comment = format!("scene={};page={};env_version={env_version}", wish.scene, wish.page);
    Ok(grey_square(width, &comment).into())
}

/// A baseline JPEG of one grey colour: each of its blocks is two zero bits.
fn grey_square(width: u16, comment: &str) -> Vec<u8> {
    const START: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00";
    // Tables with one code each: "no difference" and "nothing more in this block".
    const DC: &[u8] = b"\xff\xc4\x00\x14\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";
    const AC: &[u8] = b"\xff\xc4\x00\x14\x10\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";
    let size = width.to_be_bytes();
    let comment: Vec<u8> = comment.bytes().take(1_000).collect();
    let comment_length = u16::try_from(comment.len() + 2).unwrap_or(2).to_be_bytes();
    let blocks = usize::from(width.div_ceil(8)).pow(2);
    let mut scan = vec![0; blocks / 4];
    // What is left of the last byte is filled with ones.
    scan.extend((blocks % 4 != 0).then(|| 0xff_u8 >> (blocks % 4 * 2)));
    let parts: [&[u8]; 12] = [
        START,
        b"\xff\xfe",
        &comment_length,
        &comment,
        b"\xff\xdb\x00\x43\x00",
        &[1; 64],
        b"\xff\xc0\x00\x0b\x08",
        &[size, size].concat(),
        b"\x01\x01\x11\x00",
        &[DC, AC].concat(),
        b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00",
        &scan,
    ];
    [parts.concat(), b"\xff\xd9".to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_wrong_wish_has_its_code() {
        let mut quota = Quota::default();
        let long = "a".repeat(33);
        let cases = [
            (json!("scene"), SCENE_LENGTH_WRONG),
            (json!({}), SCENE_LENGTH_WRONG),
            (json!({ "scene": long }), SCENE_LENGTH_WRONG),
            (json!({ "scene": "a&b" }), SCENE_WRONG),
            (json!({ "scene": "码" }), SCENE_WRONG),
            (json!({ "scene": "a", "page": "/pages/index" }), PAGE_WRONG),
            (json!({ "scene": "a", "page": "pages/index?b" }), PAGE_WRONG),
            (json!({ "scene": "a", "width": 279 }), ARGUMENTS_WRONG),
            (json!({ "scene": "a", "env_version": "beta" }), ARGUMENTS_WRONG),
        ];
        for (body, errcode) in cases {
            assert_eq!(draw(&mut quota, body.to_string().as_bytes(), 0), Err(errcode), "{body}");
        }
    }

    #[test]
    fn five_thousand_images_a_minute_and_no_more() {
        let mut quota = Quota::default();
        let body = json!({ "scene": "a", "page": "pages/index", "width": 280 }).to_string();
        let image = draw(&mut quota, body.as_bytes(), 0).unwrap();
        assert!(String::from_utf8_lossy(&image).contains("scene=a;page=pages/index;env_version=release"));
        assert!((1..PER_MINUTE).all(|_| draw(&mut quota, body.as_bytes(), 0).is_ok()));
        assert_eq!(draw(&mut quota, body.as_bytes(), 0), Err(DAY_FULL));
        assert!(draw(&mut quota, body.as_bytes(), 60_000).is_ok());
    }
}
