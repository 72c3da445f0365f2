//! Texts as people paste them, and the subjects in them.
#![expect(clippy::indexing_slicing, reason = "a helper of tests may fail the test")]

use domain::extract::{self, Found};
use proptest::prelude::*;

/// What was found, as `kind canonical`.
fn found(text: &str) -> Vec<String> {
    extract::subjects(text)
        .iter()
        .map(|found| format!("{} {}", found.subject.kind(), found.subject.canonical()))
        .collect()
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(found(text), expected, "{text}");
}

/// The text under the span of each subject.
fn spans(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    extract::subjects(text)
        .iter()
        .map(|Found { span: (start, end), .. }| chars[*start..*end].iter().collect())
        .collect()
}

#[test]
fn links_with_and_without_scheme() {
    check("看 http://evil.example/a?b=1 这个", &["link evil.example/a?b=1"]);
    check("点击www.evil.example领取", &["link www.evil.example/"]);
    check("登录abc.com。谢谢", &["link abc.com/"]);
    check("登录abc.com,谢谢", &["link abc.com/"]);
    check("网址：abc.com.cn/x/y.html，速看", &["link abc.com.cn/x/y.html"]);
    check("（http://a.com/x）", &["link a.com/x"]);
    check("【https://a.com/x】", &["link a.com/x"]);
    check("(see http://a.com/x_(y))", &["link a.com/x_(y)"]);
    check("a.com和b.com", &["link a.com/", "link b.com/"]);
    check("http://a.com/x，http://b.com/y", &["link a.com/x", "link b.com/y"]);
    check("打开 a.com:8080/pay 即可", &["link a.com/pay"]);
    check("http://user:pass@a.com/x", &["link a.com/x"]);
    check("http://a.com?", &["link a.com/"]);
    check("http://a.com？", &["link a.com/"]);
    check("HTTP://WWW.A.COM/Path", &["link www.a.com/Path"]);
    check("t.cn/A6xYz9", &["link t.cn/A6xYz9"]);
}

#[test]
fn links_of_numbers() {
    check("http://0x7f.1/", &["link 127.0.0.1/"]);
    check("服务器 93.184.216.34 打不开", &["link 93.184.216.34/"]);
    check("打开93.184.216.34/pay", &["link 93.184.216.34/pay"]);
    check("http://[2001:db8::1]/x", &["link [2001:db8::1]/x"]);
    check("版本1.2.3.4", &[]);
    check("v1.2.3.4", &[]);
    check("1.2.3", &[]);
}

#[test]
fn defanged_and_full_width_links() {
    check("hxxp://evil[.]example/x", &["link evil.example/x"]);
    check("hxxps[:]//evil(dot)example", &["link evil.example/"]);
    check("evil[dot]com", &["link evil.com/"]);
    check("evil [.] com", &["link evil.com/"]);
    check("evil【点】com 不要点", &["link evil.com/"]);
    check("打开ｗｗｗ．ｅｖｉｌ．ｃｏｍ／ａ看看", &["link www.evil.com/a"]);
    check("evil。com", &["link evil.com/"]);
    check("http：／／ｅｖｉｌ．ｃｏｍ", &["link evil.com/"]);
}

#[test]
fn chinese_names() {
    check("http://中文域名.中国/x", &["link xn--fiq06l2rdsvs.xn--fiqs8s/x"]);
    check("http://中文域名.中国点击领取", &["link xn--fiq06l2rdsvs.xn--fiqs8s/"]);
    check("请访问中文域名.中国 领取", &["link xn--fiq06l2rdsvs.xn--fiqs8s/"]);
    check("http://中文域名.com点击领取", &["link xn--fiq06l2rdsvs.com/"]);
    check("http://a.com点击领取", &["link a.com/"]);
    check("我在公司.手机没电", &[]);
    check("我爱中国.你呢", &[]);
}

#[test]
fn what_only_looks_like_a_link() {
    for text in [
        "e.g. this, i.e. that",
        "a.txt report.doc readme.md main.rs 照片.zip x.py",
        "3.14 2.5版本 v1.0.2",
        "我到家了.你呢",
        "at home.It was late",
        "zhang.san@mail.example.com",
        "mr.li@163.com",
        "com",
        ".com",
        "a..com",
        "-.-",
        "...",
        "你好。hello",
        "P.S. 晚点说",
        "12.5元",
        "a.b",
        "U.S.A",
    ] {
        check(text, &[]);
    }
}

#[test]
fn mobile_numbers_in_many_spellings() {
    for text in [
        "13800138000",
        "电话13800138000。",
        "138-0013-8000",
        "138 0013 8000",
        "138.0013.8000",
        "１３８００１３８０００",
        "+86 138 0013 8000",
        "+8613800138000",
        "0086-138-0013-8000",
        "8613800138000",
        "tel:13800138000",
        "TEL13800138000",
        "13800138000wx同号",
        "1 3 8 0 0 1 3 8 0 0 0",
        "(13800138000)",
        "致电13800138000，谢谢",
        "17951 13800138000",
        "打013800138000",
        "138\u{200b}0013\u{200b}8000",
        "138—0013—8000",
    ] {
        check(text, &["phone +8613800138000"]);
    }
    check("13800138000/13900139000", &["phone +8613800138000", "phone +8613900139000"]);
    check("13800138000、13900139000", &["phone +8613800138000", "phone +8613900139000"]);
    check("13800138000-13900139000", &["phone +8613800138000", "phone +8613900139000"]);
    check("2026-11-24 13800138000", &["phone +8613800138000"]);
}

#[test]
fn lines_and_foreign_numbers() {
    check("0394-8123456", &["phone +863948123456"]);
    check("(0394)8123456", &["phone +863948123456"]);
    check("拨打010-65911468转8001", &["phone +861065911468"]);
    check("400-810-9889", &["phone +864008109889"]);
    check("客服4008109889", &["phone +864008109889"]);
    check("+852 2345 6789", &["phone +85223456789"]);
    check("来电+44 20 7946 0018", &["phone +442079460018"]);
    check("00442079460018", &["phone +442079460018"]);
}

#[test]
fn short_numbers_and_ports() {
    check("请拨打110报警", &["phone cn:110"]);
    check("详询95588", &["phone cn:95588"]);
    check("拨打96110咨询", &["phone cn:96110"]);
    check("回复10086", &["phone cn:10086"]);
    check("12306", &["phone cn:12306"]);
    check("来电号码10650123456789", &["phone cn:10650123456789"]);
    check("1069012345678发来的短信", &["phone cn:1069012345678"]);
    check("热线12345、12315", &["phone cn:12345", "phone cn:12315"]);
    check("拨打10000", &["phone cn:10000"]);
}

#[test]
fn digits_that_are_no_number_to_call() {
    for text in [
        "验证码 123456",
        "验证码：95588",
        "您的验证码是965432",
        "10000元",
        "余额10000",
        "95588元",
        "2024年",
        "订单号13800138000123",
        "订单号 4008109889",
        "时间 12:30",
        "身份证110101199003071233",
        "身份证号 41272519900307123X",
        "5公里",
        "12345元",
        "110平米",
        "120斤",
        "3.14159",
        "2024-01-02",
        "100",
        "取件码 6-3-2018",
        "尾号8812",
        "运单 106501234567890",
        "1,000.00元",
        "SF1029384756012",
        "99999999999",
        "¥13800138000",
        "119元",
        "1101室",
        "工号95588",
        "12110元",
        "abc13800138000",
        "13800138000123",
    ] {
        check(text, &[]);
    }
}

#[test]
fn bank_cards() {
    check("6222020200112233443", &[]);
    check("卡号6222 0202 0011 2233 447", &[]);
    let cards = [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "转到4111111111111111",
        "卡号：4111 1111 1111 1111，张三",
    ];
    for text in cards {
        check(text, &["bank_account 4111111111111111"]);
    }
    check("账号 123456789012 张三", &["bank_account 123456789012"]);
    check("对公账户：12345678901234", &["bank_account 12345678901234"]);
    check("4111111111111112", &[]);
    check("订单号4111111111111111", &[]);
}

#[test]
fn an_identity_card_that_passes_luhn_is_no_bank_card() {
    // Both checks hold for this made-up number of Zhoukou.
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let luhn = |digits: &str| {
        let doubled = |digit: u32| digit * 2 / 10 + digit * 2 % 10;
        let digits = digits.chars().rev().filter_map(|c| c.to_digit(10)).enumerate();
        digits.map(|(place, digit)| if place % 2 == 1 { doubled(digit) } else { digit }).sum::<u32>() % 10 == 0
    };
    let both = (100..1000)
        .filter_map(|serial| {
            let front = format!("41160219900307{serial}");
            let sum: u32 = front.chars().zip(weights).map(|(c, weight)| c.to_digit(10).unwrap() * weight).sum();
            let check = ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"][sum as usize % 11];
            Some(format!("{front}{check}")).filter(|card| !card.ends_with('X') && luhn(card))
        })
        .next()
        .unwrap();
    check(&format!("我的是{both}"), &[]);
}

#[test]
fn wechat_ids_by_their_label() {
    for text in [
        "微信号：abc_123",
        "加微信abc_123",
        "加V: abc_123",
        "加vx abc_123",
        "wx:abc_123",
        "wx：abc_123",
        "V信abc_123",
        "微信 abc_123 联系",
        "+V abc_123",
        "➕v❤️abc_123",
        "加我微信 ABC_123",
        "微信号是abc_123。",
        "薇信：abc_123",
        "VX abc_123",
        "微信号（abc_123）",
        "加微abc_123",
    ] {
        check(text, &["wechat_id abc_123"]);
    }
    check("加微信 zhangsan", &["wechat_id zhangsan"]);
    check("对方wxid_a1b2c3d4e5f622", &["wechat_id wxid_a1b2c3d4e5f622"]);
    check("微信13800138000", &["phone +8613800138000"]);
    for text in ["微信支付", "wechat payment received", "微信 iphone", "微信：http", "关注微信公众号", "微信群里说"]
    {
        check(text, &[]);
    }
}

#[test]
fn qq_numbers_by_their_label() {
    for text in [
        "QQ 12345678",
        "QQ：12345678",
        "qq12345678",
        "加Q12345678",
        "扣扣12345678",
        "企鹅号12345678",
        "QQ号码是12345678",
        "QQ: 123 456 78",
        "加QQ12345678联系",
        "ＱＱ：１２３４５６７８",
        "QQ:12345678@qq.com",
        "q:12345678",
    ] {
        let first = found(text).into_iter().next();
        assert_eq!(first.as_deref(), Some("qq_id 12345678"), "{text}");
    }
    for text in ["QQ群12345678", "QQ币10000元", "QQ音乐2024", "QQ 1234", "faqq12345678"] {
        check(text, &[]);
    }
}

#[test]
fn payment_accounts_by_their_label() {
    check("支付宝账号：13800138000", &["payment_account +8613800138000"]);
    check("支付宝 138 0013 8000", &["payment_account +8613800138000"]);
    check("支付宝账户 zhang.san@163.com", &["payment_account zhang.san@163.com"]);
    check("支付宝号：2088123412341234", &["payment_account 2088123412341234"]);
    for text in ["支付宝客服", "支付宝2000元", "支付宝到账100元"] {
        check(text, &[]);
    }
    check("支付宝客服95188", &["phone cn:95188"]);
}

#[test]
fn apps_by_their_label() {
    check("包名：com.example.loan", &["app com.example.loan"]);
}

#[test]
fn several_subjects_come_in_order_with_their_places() {
    let text = "😀加微信abc_123或拨打13800138000，登录http://a.com/x，卡号4111111111111111";
    check(text, &["wechat_id abc_123", "phone +8613800138000", "link a.com/x", "bank_account 4111111111111111"]);
    assert_eq!(spans(text), ["abc_123", "13800138000", "http://a.com/x", "4111111111111111"]);
    assert_eq!(extract::subjects(text)[0].span, (4, 11));
}

#[test]
fn a_link_swallows_the_numbers_in_it() {
    check("http://a.com/13800138000?wx=abc12345", &["link a.com/13800138000?wx=abc12345"]);
    check("https://a.com/110/12306", &["link a.com/110/12306"]);
}

#[test]
fn hostile_texts_end() {
    for text in [
        ".".repeat(10_000),
        "1".repeat(10_000),
        "1 ".repeat(5_000),
        "a.".repeat(5_000),
        "a.com.".repeat(2_000),
        "http://".repeat(1_500),
        "((((".repeat(2_500),
        "[.]".repeat(3_000),
        "微信".repeat(5_000),
        "www.".repeat(2_500),
        "+".repeat(10_000),
        "。".repeat(10_000),
        "13800138000".repeat(900),
        "a@".repeat(5_000),
        "www.中.".repeat(2_000),
        "中.中国".repeat(2_000),
        "加V:".repeat(3_000),
        "1-".repeat(5_000),
        "http://a:".repeat(1_100),
    ] {
        let length = text.chars().count();
        assert!(extract::subjects(&text).iter().all(|found| found.span.1 <= length));
    }
}

proptest! {
    #[test]
    fn spans_are_in_order_and_inside_the_text(
        text in "([a-z0-9]|\\PC|微信|QQ|支付宝账号|http://|www\\.|\\.com|\\.|。|\\[\\.\\]|:|@|13800138000|[0-9]{3,8}|\\s|/){0,60}"
    ) {
        let length = text.chars().count();
        let mut last = 0;
        for found in extract::subjects(&text) {
            let (start, end) = found.span;
            prop_assert!(last <= start && start < end && end <= length);
            last = end;
        }
    }

    #[test]
    fn a_mobile_is_found_between_any_chinese_words(number in "1[3-9][0-9]{9}", before in "[一-龥]{0,6}", after in "[一-龥]{0,1}") {
        prop_assume!(!"元块万千百亿年月日点分秒米斤克岁人个次份名台件张本套平度折倍天条户亩吨单小公积".contains(&after) || after.is_empty());
        let text = format!("{before}，{number}，{after}");
        prop_assert_eq!(found(&text), [format!("phone +86{number}")]);
    }

    #[test]
    fn a_link_is_found_between_any_chinese_words(host in "[a-z]{3,9}\\.(com|cn|top)", path in "(/[a-z0-9]{1,5}){0,3}", before in "[一-龥]{0,5}", after in "[一-龥]{0,5}") {
        let text = format!("{before}http://{host}{path}{after}");
        let expected = if path.is_empty() { format!("link {host}/") } else { format!("link {host}{path}") };
        prop_assert_eq!(found(&text), [expected]);
    }
}
