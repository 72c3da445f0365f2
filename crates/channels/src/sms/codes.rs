//! What every documented code of both vendors means. The only place that knows.

use super::outcome::{Refusal, Vendor};

/// What a code asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The same call again, a few times, with growing waits.
    Again,
    /// Not before eight o'clock in the morning in Beijing.
    InTheMorning,
    /// Nothing was sent.
    Refused(Refusal),
    /// It may have been sent.
    Unknown,
}

type Row = (&'static str, Meaning);

const fn refused(code: &'static str, why: Refusal) -> Row {
    (code, Meaning::Refused(why))
}

/// A code that ends in `*` stands for all that begin so; exact ones come before.
const TENCENT: &[Row] = &[
    refused("AuthFailure.SecretIdNotFound", Refusal::Credentials),
    refused("AuthFailure.SignatureExpire", Refusal::Clock),
    refused("AuthFailure.SignatureFailure", Refusal::Credentials),
    refused("FailedOperation.ContainSensitiveWord", Refusal::Content),
    refused("FailedOperation.InsufficientBalanceInSmsPackage", Refusal::Account),
    ("FailedOperation.MarketingSendTimeConstraint", Meaning::InTheMorning),
    refused("FailedOperation.PhoneNumberInBlacklist", Refusal::NumberBlocked),
    refused("FailedOperation.SignatureIncorrectOrUnapproved", Refusal::NotApproved),
    refused("FailedOperation.TemplateIncorrectOrUnapproved", Refusal::NotApproved),
    ("InternalError.Timeout", Meaning::Unknown),
    ("InternalError.*", Meaning::Again),
    refused("InvalidParameter.DirtyWordFound", Refusal::Content),
    refused("InvalidParameterValue.ContentLengthLimit", Refusal::Defect),
    refused("InvalidParameterValue.IncorrectPhoneNumber", Refusal::NumberInvalid),
    refused("InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", Refusal::Defect),
    refused("InvalidParameterValue.SdkAppIdNotExist", Refusal::Credentials),
    refused("InvalidParameterValue.TemplateParameterFormatError", Refusal::Defect),
    refused("InvalidParameterValue.TemplateParameterLengthLimit", Refusal::Defect),
    refused("LimitExceeded.AppDailyLimit", Refusal::QuotaUsedUp),
    refused("LimitExceeded.DailyLimit", Refusal::QuotaUsedUp),
    refused("LimitExceeded.DeliveryFrequencyLimit", Refusal::NumberLimited),
    refused("LimitExceeded.PhoneNumberCountLimit", Refusal::Defect),
    refused("LimitExceeded.PhoneNumberDailyLimit", Refusal::NumberLimited),
    refused("LimitExceeded.PhoneNumberOneHourLimit", Refusal::NumberLimited),
    refused("LimitExceeded.PhoneNumberSameContentDailyLimit", Refusal::NumberLimited),
    refused("LimitExceeded.PhoneNumberThirtySecondLimit", Refusal::NumberLimited),
    ("RequestLimitExceeded*", Meaning::Again),
    // Misspelt by the vendor.
    refused("UnauthorizedOperation.SerivceSuspendDueToArrears", Refusal::Account),
    refused("UnauthorizedOperation*", Refusal::Credentials),
];

const ALIYUN: &[Row] = &[
    refused("InvalidTimeStamp.Expired", Refusal::Clock),
    refused("SignatureDoesNotMatch", Refusal::Credentials),
    // Nonces are random: one that was used before means that this very request came twice, and once it may have worked.
    ("SignatureNonceUsed", Meaning::Unknown),
    ("Throttling*", Meaning::Again),
    refused("isp.RAM_PERMISSION_DENY", Refusal::Account),
    ("isp.SYSTEM_ERROR", Meaning::Again),
    refused("isv.ACCOUNT_ABNORMAL", Refusal::Account),
    refused("isv.ACCOUNT_NOT_EXISTS", Refusal::Account),
    refused("isv.AMOUNT_NOT_ENOUGH", Refusal::Account),
    refused("isv.BLACK_KEY_CONTROL_LIMIT", Refusal::Content),
    refused("isv.BUSINESS_LIMIT_CONTROL", Refusal::NumberLimited),
    refused("isv.DAY_LIMIT_CONTROL", Refusal::QuotaUsedUp),
    refused("isv.DENY_IP_RANGE", Refusal::Account),
    refused("isv.INVALID_JSON_PARAM", Refusal::Defect),
    refused("isv.INVALID_PARAMETERS", Refusal::Defect),
    refused("isv.MOBILE_COUNT_OVER_LIMIT", Refusal::Defect),
    refused("isv.MOBILE_NUMBER_ILLEGAL", Refusal::NumberInvalid),
    refused("isv.MONTH_LIMIT_CONTROL", Refusal::QuotaUsedUp),
    refused("isv.OUT_OF_SERVICE", Refusal::Account),
    refused("isv.PARAM_LENGTH_LIMIT", Refusal::Defect),
    refused("isv.PARAM_NOT_SUPPORT_URL", Refusal::Defect),
    refused("isv.PRODUCT_UNSUBSCRIBE", Refusal::Account),
    refused("isv.PRODUCT_UN_SUBSCRIPT", Refusal::Account),
    refused("isv.SIGN_STATE_ILLEGAL", Refusal::NotApproved),
    refused("isv.SMS_CONTENT_ILLEGAL", Refusal::Content),
    refused("isv.SMS_SIGNATURE_ILLEGAL", Refusal::NotApproved),
    refused("isv.SMS_SIGNATURE_SCENE_ILLEGAL", Refusal::NotApproved),
    refused("isv.SMS_SIGN_ILLEGAL", Refusal::NotApproved),
    refused("isv.SMS_TEMPLATE_ILLEGAL", Refusal::NotApproved),
    refused("isv.TEMPLATE_MISSING_PARAMETERS", Refusal::Defect),
];

/// What `code` of `vendor` asks for. An undocumented code is [`Refusal::Undocumented`]: it says that nothing was sent.
#[must_use]
pub fn classify(vendor: Vendor, code: &str) -> Meaning {
    let table = match vendor {
        Vendor::Tencent => TENCENT,
        Vendor::Aliyun => ALIYUN,
    };
    let fits = |row: &&Row| match row.0.strip_suffix('*') {
        Some(beginning) => code.starts_with(beginning),
        None => row.0 == code,
    };
    table.iter().find(fits).map_or(Meaning::Refused(Refusal::Undocumented), |row| row.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_code_of_tencent_has_its_class() {
        use Refusal::*;
        let documented = [
            (Clock, &["AuthFailure.SignatureExpire"][..]),
            (
                Credentials,
                &[
                    "AuthFailure.SignatureFailure",
                    "AuthFailure.SecretIdNotFound",
                    "UnauthorizedOperation",
                    "UnauthorizedOperation.RequestIpNotInWhitelist",
                    "InvalidParameterValue.SdkAppIdNotExist",
                ],
            ),
            (
                NotApproved,
                &["FailedOperation.SignatureIncorrectOrUnapproved", "FailedOperation.TemplateIncorrectOrUnapproved"],
            ),
            (
                NumberLimited,
                &[
                    "LimitExceeded.PhoneNumberThirtySecondLimit",
                    "LimitExceeded.PhoneNumberOneHourLimit",
                    "LimitExceeded.PhoneNumberDailyLimit",
                    "LimitExceeded.PhoneNumberSameContentDailyLimit",
                    "LimitExceeded.DeliveryFrequencyLimit",
                ],
            ),
            (QuotaUsedUp, &["LimitExceeded.AppDailyLimit", "LimitExceeded.DailyLimit"]),
            (NumberBlocked, &["FailedOperation.PhoneNumberInBlacklist"]),
            (NumberInvalid, &["InvalidParameterValue.IncorrectPhoneNumber"]),
            (Content, &["FailedOperation.ContainSensitiveWord", "InvalidParameter.DirtyWordFound"]),
            (
                Account,
                &[
                    "FailedOperation.InsufficientBalanceInSmsPackage",
                    "UnauthorizedOperation.SerivceSuspendDueToArrears",
                ],
            ),
            (
                Defect,
                &[
                    "LimitExceeded.PhoneNumberCountLimit",
                    "InvalidParameterValue.TemplateParameterFormatError",
                    "InvalidParameterValue.TemplateParameterLengthLimit",
                    "InvalidParameterValue.ContentLengthLimit",
                    "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter",
                ],
            ),
            (Undocumented, &["", "FailedOperation.SomethingNew", "isv.OUT_OF_SERVICE"]),
        ];
        for (why, codes) in documented {
            for code in codes {
                assert_eq!(classify(Vendor::Tencent, code), Meaning::Refused(why), "{code}");
            }
        }
        for code in [
            "InternalError.SendAndRecvFail",
            "InternalError.OtherError",
            "RequestLimitExceeded",
            "RequestLimitExceeded.IP",
        ] {
            assert_eq!(classify(Vendor::Tencent, code), Meaning::Again, "{code}");
        }
        assert_eq!(classify(Vendor::Tencent, "InternalError.Timeout"), Meaning::Unknown);
        assert_eq!(classify(Vendor::Tencent, "FailedOperation.MarketingSendTimeConstraint"), Meaning::InTheMorning);
    }

    #[test]
    fn every_documented_code_of_aliyun_has_its_class() {
        use Refusal::*;
        let documented = [
            (NumberLimited, &["BUSINESS_LIMIT_CONTROL"][..]),
            (QuotaUsedUp, &["DAY_LIMIT_CONTROL", "MONTH_LIMIT_CONTROL"]),
            (NumberInvalid, &["MOBILE_NUMBER_ILLEGAL"]),
            (
                Defect,
                &[
                    "MOBILE_COUNT_OVER_LIMIT",
                    "INVALID_PARAMETERS",
                    "INVALID_JSON_PARAM",
                    "TEMPLATE_MISSING_PARAMETERS",
                    "PARAM_LENGTH_LIMIT",
                    "PARAM_NOT_SUPPORT_URL",
                ],
            ),
            (
                NotApproved,
                &[
                    "SMS_TEMPLATE_ILLEGAL",
                    "SMS_SIGNATURE_ILLEGAL",
                    "SMS_SIGNATURE_SCENE_ILLEGAL",
                    "SIGN_STATE_ILLEGAL",
                    "SMS_SIGN_ILLEGAL",
                ],
            ),
            (Content, &["SMS_CONTENT_ILLEGAL", "BLACK_KEY_CONTROL_LIMIT"]),
            (
                Account,
                &[
                    "AMOUNT_NOT_ENOUGH",
                    "OUT_OF_SERVICE",
                    "ACCOUNT_ABNORMAL",
                    "ACCOUNT_NOT_EXISTS",
                    "PRODUCT_UN_SUBSCRIPT",
                    "PRODUCT_UNSUBSCRIBE",
                    "DENY_IP_RANGE",
                ],
            ),
            (Undocumented, &["SOMETHING_NEW", ""]),
        ];
        for (why, codes) in documented {
            for code in codes {
                assert_eq!(classify(Vendor::Aliyun, &format!("isv.{code}")), Meaning::Refused(why), "{code}");
            }
        }
        let others = [
            ("isp.RAM_PERMISSION_DENY", Meaning::Refused(Account)),
            ("isp.SYSTEM_ERROR", Meaning::Again),
            ("Throttling", Meaning::Again),
            ("Throttling.User", Meaning::Again),
            ("SignatureDoesNotMatch", Meaning::Refused(Credentials)),
            ("InvalidTimeStamp.Expired", Meaning::Refused(Clock)),
            ("SignatureNonceUsed", Meaning::Unknown),
        ];
        for (code, meaning) in others {
            assert_eq!(classify(Vendor::Aliyun, code), meaning, "{code}");
        }
    }

    #[test]
    fn no_row_hides_another() {
        for table in [TENCENT, ALIYUN] {
            for (place, (code, _)) in table.iter().enumerate() {
                let hidden = table.iter().take(place).any(|(earlier, _)| match earlier.strip_suffix('*') {
                    Some(beginning) => code.starts_with(beginning),
                    None => earlier == code,
                });
                assert!(!hidden, "{code}");
            }
        }
    }
}
