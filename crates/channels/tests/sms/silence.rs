//! Nothing that goes to a log holds a number, a code, a key or an address with its query.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::{VENDORS, code, config, path, sender, start};
use channels::sms::{Message, Template};
use sandbox::{AliyunSms, Fault, TencentSms};
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
async fn no_log_line_of_any_level_holds_a_number_a_code_or_a_key() {
    let page = Page::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(page.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let phone = "+8613912345678";
    for vendor in VENDORS {
        let sandbox = start();
        let config = config(vendor, &sandbox);
        let mut hasty = config.clone();
        hasty.limits.total = Duration::from_millis(300);
        let (sender, hasty) = (sender(config.clone()), sender(hasty));
        let faults = [code("InternalError.Timeout"), code("isv.OUT_OF_SERVICE"), Fault::Html, Fault::Cut, Fault::Hang];
        for fault in faults {
            sandbox.add_fault(path(vendor), fault, 1);
            let outcome = hasty.send_code(phone, "864297", 5, Some("delivery-1")).await;
            tracing::info!(?outcome, "shown");
        }
        let accepted = sender.send_code(phone, "864297", 5, Some("delivery-1")).await;
        let template = Template::new("1", &["code"]);
        let message = Message { phone, template: &template, values: &[("code", "864297")], reference: None };
        tracing::info!(?config, ?accepted, ?message, "shown");
        sandbox.stop();
        let _ = crate::support::sender(config).send_code(phone, "864297", 5, None).await;
    }
    drop(guard);

    let text = String::from_utf8(page.0.lock().expect("a page").clone()).expect("text");
    for told in ["a text was taken", "isv.OUT_OF_SERVICE", "not known", "can't take a text now", "shown"] {
        assert!(text.contains(told), "no log line tells {told}: {text}");
    }
    let TencentSms { secret_id, secret_key, .. } = TencentSms::default();
    let AliyunSms { access_key_id, access_key_secret, .. } = AliyunSms::default();
    let keys = [secret_id.as_str(), &secret_key, &access_key_id, &access_key_secret];
    for hidden in keys.into_iter().chain(["13912345678", "864297", "PhoneNumbers", "Signature="]) {
        assert!(!text.contains(hidden), "a log line holds {hidden}");
    }
}
