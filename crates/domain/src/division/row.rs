//! One row of a division file, and what can be wrong with it.

use super::{DivisionCode, Level};

/// Longest name of a division, in characters; the longest real ones have about 30.
const NAME_LIMIT: usize = 60;

/// A node of the tree as a file states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Its code.
    pub code: DivisionCode,
    /// Its name, e.g. `川汇区`.
    pub name: String,
    /// Its level.
    pub level: Level,
    /// Code of the node above it; none for the top of a tree.
    pub parent: Option<DivisionCode>,
}

/// Why a row of a division file is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RowFault {
    /// The code is not 12 digits.
    BadCode,
    /// The name is empty, too long or holds control characters.
    BadName,
    /// The level is none of the five words.
    BadLevel,
    /// The parent is not 12 digits.
    BadParent,
    /// An earlier row has the same code.
    Duplicate,
    /// A county, township or village without a parent.
    NoParent,
    /// The parent is neither in the file nor in use.
    UnknownParent,
    /// The parents lead back to the row itself.
    Cycle,
    /// The parent is not of a higher level.
    LevelOrder,
    /// The same code has another level among the divisions known so far.
    LevelChanged,
    /// A row above it was refused.
    ParentRefused,
}

impl RowFault {
    /// Every fault.
    pub const ALL: [Self; 11] = [
        Self::BadCode,
        Self::BadName,
        Self::BadLevel,
        Self::BadParent,
        Self::Duplicate,
        Self::NoParent,
        Self::UnknownParent,
        Self::Cycle,
        Self::LevelOrder,
        Self::LevelChanged,
        Self::ParentRefused,
    ];

    /// The stable word and the sentence for people.
    const fn facts(self) -> (&'static str, &'static str) {
        match self {
            Self::BadCode => ("bad_code", "区划代码须为12位数字"),
            Self::BadName => ("bad_name", "名称为空、超过60个字或含有控制字符"),
            Self::BadLevel => ("bad_level", "级别须为province、city、county、township、village之一"),
            Self::BadParent => ("bad_parent", "上级代码须为12位数字"),
            Self::Duplicate => ("duplicate", "前面已有相同代码的行"),
            Self::NoParent => ("no_parent", "县级及以下须填写上级代码"),
            Self::UnknownParent => ("unknown_parent", "上级代码在文件和现有区划中都不存在"),
            Self::Cycle => ("cycle", "上级关系成环"),
            Self::LevelOrder => ("level_order", "上级的级别须高于本级"),
            Self::LevelChanged => ("level_changed", "级别与现有区划不同，应使用新的代码"),
            Self::ParentRefused => ("parent_refused", "上级所在的行未被接受"),
        }
    }

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        self.facts().0
    }

    /// The reason in Chinese.
    pub const fn reason(self) -> &'static str {
        self.facts().1
    }
}

impl Division {
    /// Reads the four cells of a row; white space around them does not count.
    pub fn parse(code: &str, name: &str, level: &str, parent: &str) -> Result<Self, RowFault> {
        let code = code.trim().parse().map_err(|_| RowFault::BadCode)?;
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_LIMIT || name.chars().any(char::is_control) {
            return Err(RowFault::BadName);
        }
        let level = Level::from_word(level.trim()).ok_or(RowFault::BadLevel)?;
        let parent = match parent.trim() {
            "" => None,
            parent => Some(parent.parse().map_err(|_| RowFault::BadParent)?),
        };
        // A city may stand for itself; below it an empty cell is a slip.
        if parent.is_none() && level > Level::City {
            return Err(RowFault::NoParent);
        }
        Ok(Self { code, name: name.to_owned(), level, parent })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_cell_has_its_own_fault() {
        let cases = [
            (("411602000000", "川汇区", "county", "411600000000"), Ok(())),
            ((" 411602000000 ", " 川汇区 ", " county ", " 411600000000 "), Ok(())),
            (("410000000000", "河南省", "province", ""), Ok(())),
            (("441900000000", "东莞市", "city", ""), Ok(())),
            (("411602", "川汇区", "county", "411600000000"), Err(RowFault::BadCode)),
            (("411602000000", " ", "county", "411600000000"), Err(RowFault::BadName)),
            (("411602000000", "川\u{7}汇", "county", "411600000000"), Err(RowFault::BadName)),
            (("411602000000", "川汇区", "County", "411600000000"), Err(RowFault::BadLevel)),
            (("411602000000", "川汇区", "county", "4116"), Err(RowFault::BadParent)),
            (("411602000000", "川汇区", "county", ""), Err(RowFault::NoParent)),
        ];
        for ((code, name, level, parent), expected) in cases {
            assert_eq!(
                Division::parse(code, name, level, parent).map(|_| ()),
                expected,
                "{code} {name} {level} {parent}"
            );
        }
        assert_eq!(Division::parse("411602000000", &"名".repeat(61), "city", ""), Err(RowFault::BadName));
    }

    #[test]
    fn words_of_faults_are_distinct() {
        let words: std::collections::HashSet<_> = RowFault::ALL.iter().map(|fault| fault.as_str()).collect();
        assert_eq!(words.len(), RowFault::ALL.len());
    }

    proptest! {
        #[test]
        fn any_cells_are_read_or_refused(cells in proptest::array::uniform4(".{0,20}")) {
            let [code, name, level, parent] = &cells;
            let _ = Division::parse(code, name, level, parent);
        }
    }
}
