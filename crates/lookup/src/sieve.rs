//! A Bloom filter over the changed keys: nearly every look-up is of a key that has not changed, and must not pay for the
//! layers.

use std::sync::Arc;

use domain::LookupKey;

use crate::layer::Layer;

/// Which keys may have changed; at least 16 bits a key, 1 or 2 % of the others pass.
#[derive(Debug, Default, Clone)]
pub(crate) struct Sieve {
    /// A power of two of them, or none.
    words: Vec<u64>,
}

impl Sieve {
    /// The sieve of all keys in `layers`.
    pub(crate) fn of(layers: &[Arc<Layer>]) -> Self {
        let keys: usize = layers.iter().map(|layer| layer.len()).sum();
        // Room for twice as many, so that small batches seldom make a new one.
        let mut sieve = Self { words: if keys == 0 { Vec::new() } else { vec![0; (keys / 2).next_power_of_two()] } };
        for layer in layers {
            sieve.add(layer);
        }
        sieve
    }

    /// This sieve and the keys of `newest`, which is among `layers`; a larger one where it would let too much pass.
    pub(crate) fn with(&self, newest: &Layer, layers: &[Arc<Layer>]) -> Self {
        let keys: usize = layers.iter().map(|layer| layer.len()).sum();
        if keys > 4 * self.words.len() {
            return Self::of(layers);
        }
        let mut sieve = self.clone();
        sieve.add(newest);
        sieve
    }

    fn add(&mut self, layer: &Layer) {
        for key in layer.keys() {
            let (word, bits) = self.place(key);
            if let Some(word) = self.words.get_mut(word) {
                *word |= bits;
            }
        }
    }

    /// False only for a key that is in no layer.
    #[inline]
    pub(crate) fn may_hold(&self, key: &LookupKey) -> bool {
        let (word, bits) = self.place(key);
        self.words.get(word).is_some_and(|word| word & bits == bits)
    }

    /// Word and two bits for a key, from its second half: the first half orders the snapshot.
    #[inline]
    fn place(&self, key: &LookupKey) -> (usize, u64) {
        let hash = key.0.last_chunk().map_or(0, |last| u64::from_le_bytes(*last));
        let word = usize::try_from(hash & 0xffff_ffff).unwrap_or(0) & self.words.len().wrapping_sub(1);
        (word, (1 << (hash >> 58)) | (1 << ((hash >> 52) & 63)))
    }
}

#[cfg(test)]
mod tests {
    use domain::SubjectKind;

    use super::*;
    use crate::row::Change;

    fn key(number: u32) -> LookupKey {
        LookupKey::of(SubjectKind::Phone, &number.to_string())
    }

    #[test]
    fn changed_keys_pass_and_few_others() {
        let change = |number| Change { number: 1, key: key(number), record: None, name: None };
        let layers =
            [(0..2000), (2000..4900), (4900..5000)].map(|range| Arc::new(Layer::of(range.map(change)).expect("fits")));
        let [first, second, third] = &layers;
        let sieve =
            Sieve::of(std::slice::from_ref(first)).with(second, &[first.clone(), second.clone()]).with(third, &layers);
        assert!((0..5000).all(|number| sieve.may_hold(&key(number))));
        let passing = (5000..15000).filter(|number| sieve.may_hold(&key(*number))).count();
        assert!(passing < 500, "{passing}");
    }

    #[test]
    fn nothing_passes_an_empty_sieve() {
        assert!(!Sieve::of(&[]).may_hold(&key(1)));
    }
}
