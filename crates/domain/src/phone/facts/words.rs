//! The facts as residents read them.

use super::{NumberClass, NumberFacts};

impl NumberFacts {
    /// What to know about numbers of this class, short and in Chinese.
    pub const fn notes(&self) -> &'static [&'static str] {
        match self.class {
            NumberClass::Mobile => &["号码可以转网、转手，仅供参考", "开通地不一定是机主现在的所在地"],
            NumberClass::VirtualOperator => &["普通人也在用，仅供参考", "开通地不一定是机主现在的所在地"],
            NumberClass::Satellite => &["平常很少有人使用，请先核实对方身份"],
            NumberClass::InternetOfThings => &["这类号码不能打电话，如果来电这样显示，很可能是伪造的"],
            NumberClass::FixedLine => &["来电显示可能被冒用，要紧的事请挂断后自己拨打核实"],
            NumberClass::ServiceLine => &["企业都可以申请，请从官方渠道核对是不是您要找的单位"],
            NumberClass::ServiceNumber => &["来电显示可能被冒用，请从官方渠道核对号码后自己拨打"],
            NumberClass::ShortCode => &["来电显示可能被冒用，对方要钱要验证码的，请挂断后自己拨打"],
            NumberClass::SmsPort => &["企业都可以租用，短信里的网址和电话请从官方渠道核对"],
            NumberClass::Overseas => &["没有境外亲友的，请不要接听，更不要按对方说的操作"],
            NumberClass::Local => &["请加上区号再查一次，结果更准"],
            NumberClass::DialCode => &["照着按可能会开通呼叫转移，请不要按陌生人说的操作"],
            NumberClass::Impossible => {
                &["请核对有没有输错；如果来电就这样显示，很可能是伪造的，请挂断后自己拨打官方号码核实"]
            }
        }
    }

    /// One sentence of context, without a judgement.
    pub fn sentence(&self) -> String {
        let mut sentence = String::with_capacity(192);
        self.head(&mut sentence);
        if let Some(note) = self.notes().first() {
            sentence.extend(["；", *note]);
        }
        sentence.push('。');
        sentence
    }

    fn head(&self, sentence: &mut String) {
        let segment = self.segment.as_str();
        let carrier = self.carrier.unwrap_or_default();
        match self.class {
            NumberClass::Mobile => sentence.extend(["这是", carrier, "的手机号（", segment, "号段）"]),
            NumberClass::VirtualOperator => {
                sentence.extend(["这是虚拟运营商的手机号（", segment, "号段，使用", carrier, "的网络）"]);
            }
            NumberClass::Satellite => sentence.extend(["这是卫星或应急通信的号码（", segment, "号段）"]),
            NumberClass::InternetOfThings => sentence.extend(["这是物联网设备的号码（", segment, "号段）"]),
            NumberClass::FixedLine => {
                sentence.extend(["这是", self.place.unwrap_or("国内"), "的固定电话（区号", segment, "）"]);
            }
            NumberClass::ServiceLine => sentence.extend(["这是", segment, "开头的企业客服电话"]),
            NumberClass::ServiceNumber => sentence.extend(["这是", segment, "开头的客服号码", self.reach()]),
            NumberClass::ShortCode if self.carrier.is_some() => sentence.extend(["这是", carrier, "的客服热线"]),
            NumberClass::ShortCode => sentence.push_str("这是公共服务类的短号码"),
            NumberClass::SmsPort => sentence.extend(["这是106短信端口号", self.reach()]),
            NumberClass::Overseas => match self.country {
                Some(country) => sentence.extend(["这是境外号码，来自", country, "（", segment, "）"]),
                None => sentence.extend(["这是境外号码（", segment, "）"]),
            },
            NumberClass::Local => sentence.push_str("这是不带区号的本地号码"),
            NumberClass::DialCode => sentence.push_str("这是手机指令，不是电话号码"),
            NumberClass::Impossible if segment.starts_with("+0") || segment.starts_with("00") => {
                sentence.extend(["没有以", segment, "开头的国家代码"]);
            }
            NumberClass::Impossible => sentence.push_str("按编号规则没有这样的号码"),
        }
        if let (NumberClass::Mobile | NumberClass::VirtualOperator, Some(place)) = (self.class, self.place) {
            sentence.extend(["，最初在", place, "开通"]);
        }
    }

    /// How far a service number or port reaches, by the numbering plan.
    fn reach(&self) -> &'static str {
        match self.segment.as_str() {
            "95" | "1010" => "（全国）",
            "96" => "（限一个省）",
            "1062" | "1063" => "（省内企业或单位）",
            "1065" => "（电信运营商自己的业务）",
            "1066" | "1069" => "（全国性企业或单位）",
            _ => "",
        }
    }
}
