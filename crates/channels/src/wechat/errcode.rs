//! What every documented error code means, and what it asks for. The only place that knows.

/// Which call an error code came from; a few codes mean different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// `GET /sns/jscode2session`.
    Login,
    /// `POST /cgi-bin/stable_token`.
    Token,
    /// `POST /wxa/business/getuserphonenumber`.
    PhoneNumber,
    /// `POST /wxa/getwxacodeunlimit`.
    CodeImage,
    /// `POST /wxa/getuserriskrank`.
    RiskRank,
    /// `POST /wxa/media_check_async`.
    MediaCheck,
    /// Any other call that carries an access token.
    Api,
}

/// What an error code means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// WeChat is busy.
    Busy,
    /// The access token is wrong, expired or not the latest.
    TokenInvalid,
    /// The code, of a login or of a phone number, is wrong, expired, used, or of another app.
    CodeInvalid,
    /// WeChat holds the user for high-risk.
    Blocked,
    /// The limit of the minute is reached.
    TooFrequent,
    /// The quota of the day is used up.
    QuotaUsedUp,
    /// App id or secret are missing or wrong.
    Misconfigured,
    /// The address of this server is not on the list kept at WeChat.
    IpNotAllowed,
    /// The secret is frozen.
    SecretFrozen,
    /// An administrator of the app must confirm, or has refused, the address of this server.
    AwaitingAdministrator,
    /// The app may not use this call, or has lost it by a violation.
    NotAuthorised,
    /// The user's account is frozen or cancelled.
    UserRestricted,
    /// The openid is none, or not of this app.
    Mismatch,
    /// The user has not been in the app lately, as WeChat sees it.
    NoRecentVisit,
    /// The scene of a code has characters or a length that WeChat does not take.
    SceneRefused,
    /// The page of a code does not exist, or is not released.
    PageNotReleased,
    /// What was to be checked is bad.
    ContentRisky,
    /// The request is wrong: an error of this program.
    Defect,
    /// A code the documents don't name.
    Unknown,
}

/// What the caller does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Repeats the call a few times, with growing waits.
    Repeat,
    /// Drops the token that was used, gets one and repeats once.
    RenewToken,
    /// Lets the client call `wx.login` again.
    LogInAgain,
    /// Lets the user press the button that gives the phone number again.
    PressAgain,
    /// Goes on without the answer.
    GoOnWithout,
    /// Refuses the user, with an error of its own and without repeating.
    Refuse,
    /// Treats the user as not reachable through WeChat.
    MarkUnreachable,
    /// Waits until the next minute.
    WaitForNextMinute,
    /// Stops this call until midnight in Beijing and tells the operator.
    StopUntilMidnight,
    /// Tells the operator and stops this call for so many hours.
    StopForHours(i64),
    /// Tells the operator; repeating is of no use.
    TellOperator,
}

struct Row {
    errcode: i64,
    /// `None` for all calls without a row of their own.
    call: Option<Call>,
    outcome: Outcome,
    action: Action,
}

const fn any(errcode: i64, outcome: Outcome, action: Action) -> Row {
    Row { errcode, call: None, outcome, action }
}

const fn only(errcode: i64, call: Call, outcome: Outcome, action: Action) -> Row {
    Row { errcode, call: Some(call), outcome, action }
}

/// Rows for one call come before the row for any.
const TABLE: &[Row] = &[
    any(-1, Outcome::Busy, Action::Repeat),
    only(40001, Call::Login, Outcome::Misconfigured, Action::TellOperator),
    only(40001, Call::Token, Outcome::Misconfigured, Action::TellOperator),
    any(40001, Outcome::TokenInvalid, Action::RenewToken),
    only(40003, Call::RiskRank, Outcome::Mismatch, Action::GoOnWithout),
    only(40003, Call::MediaCheck, Outcome::Mismatch, Action::GoOnWithout),
    only(40004, Call::MediaCheck, Outcome::Defect, Action::TellOperator),
    any(40002, Outcome::Defect, Action::TellOperator),
    any(40013, Outcome::Misconfigured, Action::TellOperator),
    any(40014, Outcome::TokenInvalid, Action::RenewToken),
    only(40029, Call::PhoneNumber, Outcome::CodeInvalid, Action::PressAgain),
    any(40029, Outcome::CodeInvalid, Action::LogInAgain),
    only(40097, Call::CodeImage, Outcome::Defect, Action::TellOperator),
    any(40125, Outcome::Misconfigured, Action::TellOperator),
    only(40129, Call::CodeImage, Outcome::SceneRefused, Action::TellOperator),
    only(40129, Call::MediaCheck, Outcome::Defect, Action::TellOperator),
    any(40163, Outcome::CodeInvalid, Action::LogInAgain),
    any(40164, Outcome::IpNotAllowed, Action::TellOperator),
    only(40169, Call::CodeImage, Outcome::SceneRefused, Action::TellOperator),
    any(40226, Outcome::Blocked, Action::Refuse),
    any(40243, Outcome::SecretFrozen, Action::TellOperator),
    any(41001, Outcome::Defect, Action::TellOperator),
    any(41002, Outcome::Misconfigured, Action::TellOperator),
    any(41004, Outcome::Misconfigured, Action::TellOperator),
    only(41030, Call::CodeImage, Outcome::PageNotReleased, Action::TellOperator),
    any(42001, Outcome::TokenInvalid, Action::RenewToken),
    any(43002, Outcome::Defect, Action::TellOperator),
    any(43003, Outcome::Defect, Action::TellOperator),
    only(43104, Call::RiskRank, Outcome::Mismatch, Action::GoOnWithout),
    only(43104, Call::MediaCheck, Outcome::Mismatch, Action::GoOnWithout),
    only(43302, Call::MediaCheck, Outcome::Defect, Action::TellOperator),
    any(44002, Outcome::Defect, Action::TellOperator),
    // 5,000 images a minute: this call's 45009 ends with the minute.
    only(45009, Call::CodeImage, Outcome::TooFrequent, Action::WaitForNextMinute),
    // 2,000 checks a minute and 200,000 a day have the same code: the next minute tells which it was.
    only(45009, Call::MediaCheck, Outcome::TooFrequent, Action::WaitForNextMinute),
    any(45009, Outcome::QuotaUsedUp, Action::StopUntilMidnight),
    any(45011, Outcome::TooFrequent, Action::WaitForNextMinute),
    only(45063, Call::CodeImage, Outcome::Misconfigured, Action::TellOperator),
    any(47001, Outcome::Defect, Action::TellOperator),
    // The feature is off until somebody turns it on; every registration asking anew would only fill the log.
    only(48001, Call::RiskRank, Outcome::NotAuthorised, Action::StopForHours(1)),
    only(48001, Call::MediaCheck, Outcome::NotAuthorised, Action::StopForHours(1)),
    any(48001, Outcome::NotAuthorised, Action::TellOperator),
    any(48004, Outcome::NotAuthorised, Action::TellOperator),
    any(50002, Outcome::UserRestricted, Action::MarkUnreachable),
    any(61004, Outcome::IpNotAllowed, Action::TellOperator),
    only(61010, Call::RiskRank, Outcome::NoRecentVisit, Action::GoOnWithout),
    only(61010, Call::MediaCheck, Outcome::NoRecentVisit, Action::GoOnWithout),
    only(85096, Call::CodeImage, Outcome::Defect, Action::TellOperator),
    only(87014, Call::MediaCheck, Outcome::ContentRisky, Action::Refuse),
    any(89503, Outcome::AwaitingAdministrator, Action::TellOperator),
    any(89506, Outcome::AwaitingAdministrator, Action::StopForHours(24)),
    any(89507, Outcome::AwaitingAdministrator, Action::StopForHours(1)),
];

/// What `errcode` of `call` means and asks for. An undocumented code is [`Outcome::Unknown`] and for the operator.
#[must_use]
pub fn classify(call: Call, errcode: i64) -> (Outcome, Action) {
    let fits = |row: &&Row| row.errcode == errcode && row.call.is_none_or(|only| only == call);
    let row = TABLE.iter().find(fits);
    row.map_or((Outcome::Unknown, Action::TellOperator), |row| (row.outcome, row.action))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The codes of the contract: the common ones and those of each call.
    const COMMON: [i64; 23] = [
        -1, 40001, 40014, 42001, 41001, 41002, 41004, 40013, 40125, 40164, 40243, 43002, 43003, 44002, 45009, 45011,
        47001, 48001, 48004, 50002, 61004, 40029, 40163,
    ];
    const LOGIN: [i64; 9] = [-1, 40029, 40163, 40226, 45011, 40013, 40125, 41002, 41004];
    const TOKEN: [i64; 15] =
        [-1, 40001, 40002, 40013, 40125, 40164, 40243, 41002, 41004, 43002, 45009, 45011, 89503, 89506, 89507];
    const PHONE_NUMBER: [i64; 7] = [-1, 40029, 45011, 40013, 40001, 40014, 42001];
    const CODE_IMAGE: [i64; 9] = [-1, 40129, 40169, 41030, 45009, 45063, 47001, 40097, 85096];
    const RISK_RANK: [i64; 6] = [-1, 48001, 40001, 40003, 43104, 61010];
    const MEDIA_CHECK: [i64; 11] = [-1, 40001, 40003, 40004, 40129, 43104, 43302, 44002, 45009, 47001, 61010];

    #[test]
    fn every_documented_code_is_known_to_its_call() {
        let all = [
            (Call::Api, &COMMON[..]),
            (Call::Login, &LOGIN[..]),
            (Call::Token, &TOKEN[..]),
            (Call::PhoneNumber, &PHONE_NUMBER[..]),
            (Call::PhoneNumber, &COMMON[..]),
            (Call::CodeImage, &CODE_IMAGE[..]),
            (Call::CodeImage, &COMMON[..]),
            (Call::RiskRank, &RISK_RANK[..]),
            (Call::RiskRank, &COMMON[..]),
            (Call::MediaCheck, &MEDIA_CHECK[..]),
            (Call::MediaCheck, &COMMON[..]),
        ];
        for (call, codes) in all {
            for errcode in codes {
                assert_ne!(classify(call, *errcode).0, Outcome::Unknown, "{call:?} {errcode}");
            }
        }
        assert_eq!(classify(Call::Login, 12345), (Outcome::Unknown, Action::TellOperator));
    }

    #[test]
    fn exactly_three_codes_of_a_call_with_a_token_renew_it_and_none_of_the_others() {
        let renew = |call| -> Vec<i64> {
            TABLE.iter().map(|row| row.errcode).filter(|code| classify(call, *code).1 == Action::RenewToken).collect()
        };
        for call in [Call::Api, Call::PhoneNumber, Call::CodeImage, Call::RiskRank, Call::MediaCheck] {
            let mut api = renew(call);
            api.dedup();
            assert_eq!(api, [40001, 40014, 42001]);
        }
        assert_eq!(classify(Call::Token, 40001), (Outcome::Misconfigured, Action::TellOperator));
        assert_eq!(classify(Call::Login, 40001), (Outcome::Misconfigured, Action::TellOperator));
    }

    #[test]
    fn the_codes_of_a_login_ask_for_what_the_contract_says() {
        let asked = LOGIN.map(|errcode| classify(Call::Login, errcode).1);
        let operator = Action::TellOperator;
        let again = Action::LogInAgain;
        let expected = [
            Action::Repeat,
            again,
            again,
            Action::Refuse,
            Action::WaitForNextMinute,
            operator,
            operator,
            operator,
            operator,
        ];
        assert_eq!(asked, expected);
    }

    #[test]
    fn the_codes_of_the_calls_of_a_registration_ask_for_what_the_contract_says() {
        let asked = |call, codes: &[i64]| codes.iter().map(|code| classify(call, *code).1).collect::<Vec<_>>();
        let operator = Action::TellOperator;
        assert_eq!(
            asked(Call::PhoneNumber, &[-1, 40029, 45011, 45009, 40013]),
            [Action::Repeat, Action::PressAgain, Action::WaitForNextMinute, Action::StopUntilMidnight, operator]
        );
        assert_eq!(asked(Call::CodeImage, &CODE_IMAGE[..2]), [Action::Repeat, operator]);
        assert_eq!(classify(Call::CodeImage, 45009), (Outcome::TooFrequent, Action::WaitForNextMinute));
        let without = Action::GoOnWithout;
        assert_eq!(
            asked(Call::RiskRank, &[48001, 40003, 43104, 61010]),
            [Action::StopForHours(1), without, without, without]
        );
        for code in [40003, 43104, 61010, 40129, 40169, 41030, 45063, 40097] {
            assert_eq!(classify(Call::PhoneNumber, code).0, Outcome::Unknown, "{code} is not of this call");
        }
    }

    #[test]
    fn rows_for_one_call_come_before_the_row_for_any_and_no_row_is_twice() {
        for (place, row) in TABLE.iter().enumerate() {
            let hidden = TABLE
                .iter()
                .take(place)
                .any(|earlier| earlier.errcode == row.errcode && (earlier.call.is_none() || earlier.call == row.call));
            assert!(!hidden, "{}", row.errcode);
        }
    }
}
