//! Objections of owners: how ownership is proved.

use crate::{SubjectKind, words::words};

words! {
    /// How somebody proves that a subject is theirs.
    ProofMethod {
        /// A code sent to the number.
        Sms = "sms",
        /// A TXT record in the domain.
        Dns = "dns",
        /// A file on the site.
        File = "file",
        /// Papers shown at a police station.
        Papers = "papers",
    }
}

/// The name of the TXT record, before the host.
pub const TXT_LABEL: &str = "_golden-bell";
/// The path of the file.
pub const FILE_PATH: &str = "/.well-known/golden-bell.txt";

/// How ownership of a subject of this kind can be proved. Papers always do.
pub const fn methods(kind: SubjectKind) -> &'static [ProofMethod] {
    match kind {
        SubjectKind::Phone => &[ProofMethod::Sms, ProofMethod::Papers],
        SubjectKind::Link => &[ProofMethod::Dns, ProofMethod::File, ProofMethod::Papers],
        SubjectKind::BankAccount
        | SubjectKind::PaymentAccount
        | SubjectKind::WechatId
        | SubjectKind::QqId
        | SubjectKind::App => &[ProofMethod::Papers],
    }
}

/// Whether what was published proves the token: a line that is it, and nothing else.
pub fn is_published(token: &str, text: &str) -> bool {
    !token.is_empty() && text.lines().any(|line| line.trim() == token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_line_of_its_own() {
        assert!(is_published("golden-bell-1f", "hello\r\n golden-bell-1f \r\n"));
        for text in ["", "xgolden-bell-1f", "golden-bell-1f2", "see golden-bell-1f"] {
            assert!(!is_published("golden-bell-1f", text), "{text}");
        }
        assert!(!is_published("", ""), "no token proves nothing");
    }

    #[test]
    fn papers_prove_everything() {
        for kind in SubjectKind::ALL {
            assert!(methods(kind).contains(&ProofMethod::Papers), "{kind}");
        }
    }
}
