//! Nothing that goes to a log holds a secret, a token, a login code, an openid or an address with its query.

use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::support::{IMAGE, LOGIN, PHONE, RISK, STABLE, alone, config, impatient, start};
use channels::wechat::{CodeImageRequest, EnvVersion, Scene};
use sandbox::{Fault, Settings};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("a page").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Page {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_log_line_of_any_level_holds_a_secret() {
    let page = Page::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(page.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let sandbox = start();
    let (wechat, hasty) = (alone(config(&sandbox.url())).await, alone(impatient(&sandbox.url())).await);
    let code = sandbox.create_code(Some("oSecretPerson"));
    wechat.login(&code).await.expect("a session");
    let token = wechat.access_token().await.expect("a token");
    let phone_code = sandbox.create_phone_code("86", "13912345678", Some("oSecretPerson"));
    let number = wechat.phone_number(&phone_code, "oSecretPerson").await.expect("a number");
    let address = [203, 0, 113, 99].into();
    wechat.risk_rank("oSecretPerson", address, Some(number.as_str())).await.expect("a rank");
    let scene = Scene::parse("secret-scene").expect("a scene");
    let image = CodeImageRequest { scene, page: None, env_version: EnvVersion::Release, width: None };
    wechat.code_image(&image).await.expect("an image");
    for fault in [Fault::Errcode(-1), Fault::Errcode(40125), Fault::Html, Fault::Cut, Fault::Status(503), Fault::Hang] {
        sandbox.add_fault(LOGIN, fault.clone(), 1);
        for path in [STABLE, PHONE, IMAGE, RISK] {
            sandbox.add_fault(path, fault.clone(), 1);
        }
        let _ = hasty.login(&code).await;
        let _ = hasty.phone_number(&phone_code, "oSecretPerson").await;
        let _ = hasty.code_image(&image).await;
        let _ = hasty.risk_rank("oSecretPerson", address, Some(number.as_str())).await;
        let _ = hasty.access_token().await;
        hasty.invalidate(&token).await;
    }
    let config = config(&sandbox.url());
    let late = alone(config.clone()).await;
    tracing::info!(?config, ?token, ?number, ?image, "shown");
    // A client without an open connection finds nobody there.
    sandbox.stop();
    let _ = late.login(&code).await;
    drop(guard);

    let text = String::from_utf8(page.0.lock().expect("a page").clone()).expect("text");
    for told in ["WeChat refuses", "40125", "can't connect", "shown"] {
        assert!(text.contains(told), "no log line tells {told}: {text}");
    }
    let secret = Settings::default().secret;
    let numbers = ["13912345678", "203.0.113.99", "secret-scene", phone_code.as_str()];
    let others = [secret.as_str(), token.as_str(), code.as_str(), "oSecretPerson", "js_code", "secret="];
    for hidden in numbers.into_iter().chain(others) {
        assert!(!text.contains(hidden), "a log line holds {hidden}");
    }
}
