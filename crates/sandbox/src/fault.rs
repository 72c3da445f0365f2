//! What can go wrong with a provider, on order.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};

/// One way to fail. In JSON a word, or an object of one field: `"hang"`, `{"errcode": 40029}`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The documented answer of WeChat with this `errcode`, whatever was asked.
    Errcode(i64),
    /// The documented refusal with this code, of a vendor of SMS: `{"code": "isv.DAY_LIMIT_CONTROL"}`.
    Code(String),
    /// This HTTP status, with a page instead of JSON.
    Status(u16),
    /// The right answer, this many milliseconds late.
    SlowMs(u64),
    /// No answer at all, for ten minutes.
    Hang,
    /// A page with status 200, as a portal or a broken proxy gives.
    Html,
    /// An answer whose connection breaks in the middle.
    Cut,
}

/// Faults waiting for calls, in order, by path.
#[derive(Default)]
pub(crate) struct Faults {
    by_path: HashMap<String, VecDeque<(Fault, u32)>>,
}

impl Faults {
    pub(crate) fn add(&mut self, path: &str, fault: Fault, times: u32) {
        if times > 0 {
            self.by_path.entry(path.to_owned()).or_default().push_back((fault, times));
        }
    }

    /// The fault the next call of `path` meets.
    pub(crate) fn take(&mut self, path: &str) -> Option<Fault> {
        let waiting = self.by_path.get_mut(path)?;
        let (fault, times) = waiting.front_mut()?;
        *times -= 1;
        if *times > 0 { Some(fault.clone()) } else { waiting.pop_front().map(|(fault, _)| fault) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_met_in_order_as_often_as_asked_and_only_on_their_path() {
        let mut faults = Faults::default();
        faults.add("/a", Fault::Hang, 2);
        faults.add("/a", Fault::Errcode(-1), 1);
        faults.add("/a", Fault::Cut, 0);
        let met: Vec<_> = (0..4).map(|_| faults.take("/a")).collect();
        assert_eq!(met, [Some(Fault::Hang), Some(Fault::Hang), Some(Fault::Errcode(-1)), None]);
        assert_eq!(faults.take("/b"), None);
    }

    #[test]
    fn a_fault_is_written_as_documented() {
        let code = Fault::Code("isp.SYSTEM_ERROR".to_owned());
        let faults =
            [Fault::Errcode(-1), code, Fault::Status(503), Fault::SlowMs(9), Fault::Hang, Fault::Html, Fault::Cut];
        let text = r#"[{"errcode":-1},{"code":"isp.SYSTEM_ERROR"},{"status":503},{"slow_ms":9},"hang","html","cut"]"#;
        assert_eq!(serde_json::to_string(&faults).unwrap(), text);
        assert_eq!(serde_json::from_str::<Vec<Fault>>(text).unwrap(), faults);
    }
}
