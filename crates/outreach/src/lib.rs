//! The sending engine: outbox, lease, fan-out, limits, attempts, receipts.
//!
//! Its room in the house is kept; nothing is sent yet, so nothing stands in it. Today a warning goes to the inbox alone, in
//! the transaction of its check.
