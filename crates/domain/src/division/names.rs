//! Names of divisions as people write them: 七一路办事处, 七一路街道办 and 七一路街道 are one place.

/// What follows the proper name of a division, the longest first: the first that fits is taken off.
const SUFFIXES: [&str; 31] = [
    "社区居民委员会",
    "社区村民委员会",
    "街道办事处",
    "居民委员会",
    "村民委员会",
    "社区居委会",
    "社区生活区",
    "维吾尔自治区",
    "回族自治区",
    "壮族自治区",
    "回族镇",
    "回族乡",
    "街道办",
    "办事处",
    "居委会",
    "村委会",
    "生活区",
    "自治区",
    "自治州",
    "自治县",
    "地区",
    "街道",
    "社区",
    "新区",
    "镇",
    "乡",
    "村",
    "区",
    "县",
    "市",
    "省",
];

/// How closely what somebody wrote fits a name, the closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// Letter for letter.
    Same,
    /// Alike but for the words that say what kind of division it is.
    SameStem,
    /// The name begins with it.
    Beginning,
    /// The name contains it.
    Inside,
}

/// The proper name: without what says that it is a village, township or county. A name that is nothing else stays.
pub fn stem(name: &str) -> &str {
    let stripped = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix).filter(|rest| !rest.is_empty()));
    stripped.unwrap_or(name)
}

/// What somebody wrote to find a division by.
#[derive(Debug, Clone, Copy)]
pub struct Written<'a> {
    text: &'a str,
    stem: &'a str,
}

impl<'a> Written<'a> {
    /// What was written, without white space around it; nothing where that is empty.
    pub fn new(text: &'a str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self { text, stem: stem(text) })
    }

    /// How it fits `name`, if it does at all.
    pub fn likeness(self, name: &str) -> Option<Likeness> {
        if name == self.text {
            Some(Likeness::Same)
        } else if name.starts_with(self.stem) && stem(name) == self.stem {
            Some(Likeness::SameStem)
        } else if name.starts_with(self.text) {
            Some(Likeness::Beginning)
        } else {
            name.contains(self.text).then_some(Likeness::Inside)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_stem_is_the_proper_name() {
        let cases = [
            ("七一路街道", "七一路"),
            ("七一路办事处", "七一路"),
            ("王许庄村民委员会", "王许庄"),
            ("朝阳社区居民委员会", "朝阳"),
            ("川汇区", "川汇"),
            ("周口临港开发区", "周口临港开发"),
            ("镇", "镇"),
            ("", ""),
        ];
        for (name, expected) in cases {
            assert_eq!(stem(name), expected, "{name}");
        }
    }

    #[test]
    fn the_closest_likeness_is_found() {
        let cases = [
            ("七一路街道", "七一路街道", Some(Likeness::Same)),
            ("七一路街道", "七一路办事处", Some(Likeness::SameStem)),
            ("七一路街道", "七一路", Some(Likeness::SameStem)),
            ("七一路街道", "七一", Some(Likeness::Beginning)),
            ("七一路街道", "一路", Some(Likeness::Inside)),
            ("七一路街道", "八一路", None),
        ];
        for (name, written, expected) in cases {
            assert_eq!(Written::new(written).and_then(|written| written.likeness(name)), expected, "{name} {written}");
        }
        assert!(Written::new(" \u{3000}").is_none());
    }

    proptest! {
        #[test]
        fn a_stem_is_never_empty_for_a_name_and_a_name_is_like_itself(name in "[\u{4e00}-\u{4e20}镇乡村区县市省街道社]{1,12}") {
            prop_assert!(!stem(&name).is_empty());
            prop_assert_eq!(Written::new(&name).unwrap().likeness(&name), Some(Likeness::Same));
        }
    }
}
