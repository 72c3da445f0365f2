//! The readers inside this process.

use std::sync::Arc;

use tokio::sync::broadcast::{self, error::RecvError};

use super::Topic;

/// How many wake-ups a slow reader may be behind before it only hears [`News::Missed`].
const KEPT: usize = 64;

/// One wake-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Something happened; the text is what the publisher gave.
    Heard(Arc<str>),
    /// Some news may be lost: the reader was slow, or Redis was away. Look at the truth.
    Missed,
}

/// A reader of one topic.
#[derive(Debug)]
pub struct Subscription {
    receiver: broadcast::Receiver<News>,
}

impl Subscription {
    /// The next wake-up; `None` when the [`crate::Signals`] are gone. Safe to drop while waiting: nothing is lost.
    pub async fn next(&mut self) -> Option<News> {
        match self.receiver.recv().await {
            Ok(news) => Some(news),
            Err(RecvError::Lagged(_)) => Some(News::Missed),
            Err(RecvError::Closed) => None,
        }
    }
}

/// Hands news to the readers of this process and knows its own voice when Redis echoes it.
pub(crate) struct Hub {
    list_changed: broadcast::Sender<News>,
    revoked: broadcast::Sender<News>,
    origin: String,
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self {
            list_changed: broadcast::channel(KEPT).0,
            revoked: broadcast::channel(KEPT).0,
            origin: format!("{:032x}", rand::random::<u128>()),
        }
    }

    pub(crate) fn subscribe(&self, topic: Topic) -> Subscription {
        Subscription { receiver: self.sender(topic).subscribe() }
    }

    pub(crate) fn deliver(&self, topic: Topic, payload: &str) {
        self.send(topic, News::Heard(payload.into()));
    }

    pub(crate) fn missed(&self) {
        for topic in Topic::ALL {
            self.send(topic, News::Missed);
        }
    }

    /// The message as it goes to the other processes.
    pub(crate) fn sign(&self, payload: &str) -> String {
        format!("{}:{payload}", self.origin)
    }

    /// Delivers a message of another process. Own messages were delivered when they were published.
    pub(crate) fn deliver_foreign(&self, topic: Topic, message: &str) {
        match message.split_once(':') {
            Some((origin, _)) if origin == self.origin => {}
            Some((_, payload)) => self.deliver(topic, payload),
            None => self.send(topic, News::Missed),
        }
    }

    fn sender(&self, topic: Topic) -> &broadcast::Sender<News> {
        match topic {
            Topic::ListChanged => &self.list_changed,
            Topic::Revoked => &self.revoked,
        }
    }

    fn send(&self, topic: Topic, news: News) {
        // An error only says that nobody listens.
        let _ = self.sender(topic).send(news);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_own_echo_is_dropped_and_a_message_without_origin_is_a_hint_to_look() {
        let hub = Hub::new();
        let mut reader = hub.subscribe(Topic::Revoked);
        hub.deliver_foreign(Topic::Revoked, &hub.sign("mine"));
        hub.deliver_foreign(Topic::Revoked, &Hub::new().sign("a:b"));
        hub.deliver_foreign(Topic::Revoked, "no origin");
        assert_eq!(reader.next().await, Some(News::Heard("a:b".into())));
        assert_eq!(reader.next().await, Some(News::Missed));
    }

    #[tokio::test]
    async fn a_slow_reader_hears_that_it_missed_news_and_topics_are_separate() {
        let hub = Hub::new();
        let mut slow = hub.subscribe(Topic::ListChanged);
        let mut other = hub.subscribe(Topic::Revoked);
        for number in 0..=KEPT {
            hub.deliver(Topic::ListChanged, &number.to_string());
        }
        assert_eq!(slow.next().await, Some(News::Missed));
        assert_eq!(slow.next().await, Some(News::Heard("1".into())));
        hub.deliver(Topic::Revoked, "only this");
        assert_eq!(other.next().await, Some(News::Heard("only this".into())));
        drop(hub);
        assert_eq!(other.next().await, None);
    }
}
