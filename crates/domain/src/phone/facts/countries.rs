//! Countries and regions behind their codes, and which numbers they can have, from `data/calling_codes.tsv`.

use std::{collections::HashMap, sync::LazyLock};

use super::super::country::number;

static COUNTRIES: LazyLock<Countries> =
    LazyLock::new(|| Countries::read(include_str!("../../../data/calling_codes.tsv")));

#[derive(Debug, Default)]
struct Countries {
    codes: HashMap<u16, Code>,
}

#[derive(Debug, Default)]
struct Code {
    /// Of the first region with this code.
    name: Option<&'static str>,
    /// Bit n: numbers of n digits behind the code exist.
    lengths: u32,
    /// Where regions share the code: whose the first three digits behind it are.
    regions: HashMap<u16, &'static str>,
}

/// What the digits of a foreign number say.
pub(super) struct Country {
    /// Country or region.
    pub(super) name: Option<&'static str>,
    /// Whether there are numbers of this length, and, where regions share the code, with this beginning.
    pub(super) possible: bool,
}

/// The country with this code and whether it has such a number.
pub(super) fn of(code: u16, behind: &[u8]) -> Country {
    let Some(code) = COUNTRIES.codes.get(&code) else { return Country { name: None, possible: true } };
    let possible_length = behind.len() < 32 && code.lengths & (1 << behind.len()) != 0;
    if code.regions.is_empty() {
        return Country { name: code.name, possible: possible_length };
    }
    let region = behind.first_chunk::<3>().and_then(|leading| code.regions.get(&number(leading)).copied());
    Country { name: region, possible: possible_length && region.is_some() }
}

impl Countries {
    /// Reads the file; a line that does not have the layout is left out.
    fn read(file: &'static str) -> Self {
        let mut countries = Self::default();
        for line in file.lines().skip(1) {
            let columns: Vec<&str> = line.split('\t').collect();
            let [code, _, name, lengths, leading] = columns.as_slice() else { continue };
            let Ok(code) = code.parse() else { continue };
            let code = countries.codes.entry(code).or_default();
            code.name.get_or_insert(name);
            code.lengths |= numbers(lengths).filter(|length| *length < 32).fold(0, |bits, length| bits | (1 << length));
            code.regions.extend(numbers(leading).map(|digits| (digits, *name)));
        }
        countries
    }
}

fn numbers(list: &'static str) -> impl Iterator<Item = u16> {
    list.split(',').filter_map(|number| number.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::{super::super::country, *};

    #[test]
    fn every_country_code_is_one_that_canonical_forms_know() {
        assert_eq!(COUNTRIES.codes.len(), 214);
        for code in COUNTRIES.codes.keys() {
            let digits = code.to_string();
            assert_eq!(country::split(digits.as_bytes()), Some((digits.as_bytes(), &b""[..])), "{code}");
        }
        for (code, country) in &COUNTRIES.codes {
            assert!(country.name.is_some() && country.lengths != 0, "{code}");
            assert_eq!(country.regions.is_empty(), !matches!(code, 1 | 7), "{code}");
        }
    }
}
