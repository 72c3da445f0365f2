use proptest::prelude::*;

use super::*;

const KINDS: [SubjectKind; 5] =
    [SubjectKind::BankAccount, SubjectKind::PaymentAccount, SubjectKind::WechatId, SubjectKind::QqId, SubjectKind::App];

fn accepts(kind: SubjectKind, rows: &[(&str, &str)]) {
    for (value, canonical) in rows {
        assert_eq!(parse(kind, value).as_deref(), Ok(*canonical), "{value:?}");
        assert_eq!(parse(kind, canonical).as_deref(), Ok(*canonical), "{canonical:?}");
    }
}

fn refuses(kind: SubjectKind, rows: &[(&str, &str)]) {
    for (value, code) in rows {
        assert_eq!(parse(kind, value).map_err(|error| error.code), Err(*code), "{value:?}");
    }
}

#[test]
fn bank_accounts_are_digits_and_cards_check() {
    accepts(
        SubjectKind::BankAccount,
        &[
            ("6222 0210 0111 6245 702", "6222021001116245702"),
            ("4111-1111-1111-1111", "4111111111111111"),
            (" ４１１１ １１１１　１１１１ １１１１\u{200B}", "4111111111111111"),
            ("6217000012345670", "6217000012345670"),
            ("123456789012", "123456789012"),
            ("378282246310006", "378282246310006"),
        ],
    );
    refuses(
        SubjectKind::BankAccount,
        &[
            ("", "bank_account_empty"),
            (" - ", "bank_account_empty"),
            ("4111111111111112", "bank_account_luhn"),
            ("1411111111111111", "bank_account_luhn"),
            ("12345678901", "bank_account_short"),
            ("41111111111111111111", "bank_account_long"),
            ("4111a11111111111", "bank_account_character"),
            ("卡号4111111111111111", "bank_account_character"),
        ],
    );
}

#[test]
fn payment_accounts_are_phones_addresses_or_ids() {
    accepts(
        SubjectKind::PaymentAccount,
        &[
            ("138 0013 8000", "+8613800138000"),
            ("+86-13800138000", "+8613800138000"),
            ("+852 2122 1188", "+85221221188"),
            (" Zhang.San+1@QQ.Com ", "zhang.san+1@qq.com"),
            ("2088123456789012", "2088123456789012"),
            ("TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE", "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"),
            ("Name@bank", "Name@bank"),
            ("ａｂｃ＿１２", "abc_12"),
        ],
    );
    refuses(
        SubjectKind::PaymentAccount,
        &[
            ("\u{3000}", "payment_account_empty"),
            ("abcd", "payment_account_length"),
            (&"a".repeat(65), "payment_account_length"),
            ("张三12345", "payment_account_character"),
            ("abc def", "payment_account_character"),
        ],
    );
}

#[test]
fn wechat_ids_begin_with_a_letter_and_are_lower_case() {
    accepts(
        SubjectKind::WechatId,
        &[
            ("AbC_12-x", "abc_12-x"),
            ("微信号：Kefu888888", "kefu888888"),
            ("微信 kefu888", "kefu888"),
            ("VX: kefu888", "kefu888"),
            ("vx888888", "vx888888"),
            ("wxid_0a1b2c3d4e5f22", "wxid_0a1b2c3d4e5f22"),
            ("wxid_0a1b2c3d4e5f2233445566", "wxid_0a1b2c3d4e5f2233445566"),
        ],
    );
    refuses(
        SubjectKind::WechatId,
        &[
            ("微信：", "wechat_id_empty"),
            ("abcde", "wechat_id_length"),
            ("abcdefghijklmnopqrstu", "wechat_id_length"),
            ("13800138000", "wechat_id_first"),
            ("_abcdef", "wechat_id_first"),
            ("abc.def", "wechat_id_character"),
            ("客服小王", "wechat_id_character"),
        ],
    );
}

#[test]
fn qq_ids_are_five_to_eleven_digits() {
    accepts(
        SubjectKind::QqId,
        &[
            ("10001", "10001"),
            ("QQ：１２３４５６７８", "12345678"),
            ("qq号码: 123 456 789", "123456789"),
            ("扣扣12345678901", "12345678901"),
            ("123456@QQ.com", "123456"),
        ],
    );
    refuses(
        SubjectKind::QqId,
        &[
            ("QQ:", "qq_id_empty"),
            ("012345", "qq_id_first"),
            ("1234", "qq_id_length"),
            ("123456789012", "qq_id_length"),
            ("12345a", "qq_id_character"),
            ("QQ群:12345", "qq_id_character"),
        ],
    );
}

#[test]
fn apps_are_packages_with_or_without_a_signature() {
    let md5 = "0123456789abcdef0123456789abcdef";
    let sha1 = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33";
    accepts(
        SubjectKind::App,
        &[
            ("com.example.App_1", "com.example.App_1"),
            ("ｃｏｍ．example.app", "com.example.app"),
            (&format!("com.example.app#{}", md5.to_uppercase()), &format!("com.example.app#{md5}")),
            (&format!("com.example.app  {sha1}"), "com.example.app#00112233445566778899aabbccddeeff00112233"),
            (&format!("a.b#{md5}{md5}"), &format!("a.b#{md5}{md5}")),
        ],
    );
    refuses(
        SubjectKind::App,
        &[
            ("", "app_empty"),
            ("example", "app_package"),
            ("com..app", "app_package"),
            ("com.1app", "app_package"),
            ("com.ex-ample", "app_package"),
            ("com.example.", "app_package"),
            ("com.example.app#", "app_signature"),
            ("com.example.app#abcd", "app_signature"),
            (&format!("com.example.app#{}", md5.replace('a', "g")), "app_signature"),
            (&format!("com.{}", "a".repeat(220)), "app_too_long"),
        ],
    );
}

#[test]
fn phones_links_and_endless_texts_are_no_accounts() {
    refuses(SubjectKind::Phone, &[("13800138000", "account_kind")]);
    refuses(SubjectKind::Link, &[("evil.example", "account_kind")]);
    refuses(SubjectKind::QqId, &[(&"1".repeat(513), "account_too_long")]);
}

proptest! {
    #[test]
    fn any_text_is_parsed_or_refused_and_a_canonical_form_stays(text in any::<String>()) {
        for kind in KINDS {
            if let Ok(canonical) = parse(kind, &text) {
                prop_assert_eq!(parse(kind, &canonical), Ok(canonical));
            }
        }
    }

    #[test]
    fn likely_texts_keep_their_canonical_form(text in "(微信|QQ|wx|vx)?[号:：# ]{0,2}[0-9A-Za-z_@.:#+ -]{1,40}") {
        for kind in KINDS {
            if let Ok(canonical) = parse(kind, &text) {
                prop_assert_eq!(parse(kind, &canonical), Ok(canonical));
            }
        }
    }

    #[test]
    fn one_wrong_digit_never_checks(digits in "[0-9]{15,18}", at in 0_usize..16, by in 1_u8..10) {
        let card = (0..10).map(|last| format!("{digits}{last}")).find(|card| checks_by_luhn(card)).unwrap();
        let wrong: String = card
            .bytes()
            .enumerate()
            .map(|(place, byte)| if place == at { (byte - b'0' + by) % 10 + b'0' } else { byte })
            .map(char::from)
            .collect();
        prop_assert!(parse(SubjectKind::BankAccount, &card).is_ok());
        prop_assert!(parse(SubjectKind::BankAccount, &wrong).is_err());
    }
}
