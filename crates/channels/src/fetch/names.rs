//! Names become addresses that were looked at: what was checked is what is connected to.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
};

use hickory_resolver::{ResolverBuilder, TokioResolver, proto::rr::RData};
use reqwest::dns::{Addrs, Name, Resolve};

use super::inside::is_public;

/// The addresses of a name, on their way.
pub type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// The texts of a name, on their way.
pub type ResolvingTexts = Pin<Box<dyn Future<Output = io::Result<Vec<String>>> + Send>>;

/// Who knows the addresses of names.
pub trait Resolver: Send + Sync {
    /// All addresses of `host` (lower-case ASCII). An error, or none at all, where it has none.
    fn resolve(&self, host: &str) -> Resolving;

    /// The TXT records of `name` (RFC 1035 section 3.3.14), the parts of each joined. Empty where it has none.
    fn texts(&self, name: &str) -> ResolvingTexts;
}

/// The resolver of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(&self, host: &str) -> Resolving {
        // With a dot at its end a name is whole: it is looked up neither in the machine's own domain nor in its hosts file.
        let host = format!("{}.", host.trim_end_matches('.'));
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }

    fn texts(&self, name: &str) -> ResolvingTexts {
        let name = format!("{}.", name.trim_end_matches('.'));
        Box::pin(async move {
            // The C library gives addresses alone.
            let resolver = TokioResolver::builder_tokio().and_then(ResolverBuilder::build).map_err(io::Error::other)?;
            match resolver.txt_lookup(name).await {
                Ok(found) => Ok(found.answers().iter().filter_map(|record| text_of(&record.data)).collect()),
                Err(error) if error.is_no_records_found() => Ok(Vec::new()),
                Err(error) => Err(io::Error::other(error)),
            }
        })
    }
}

fn text_of(data: &RData) -> Option<String> {
    let RData::TXT(text) = data else { return None };
    String::from_utf8(text.txt_data.concat()).ok()
}

/// A name has an address of the inside.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the name leads to an address of the inside")]
pub(super) struct InsideName;

/// A name has no address.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the name has no address")]
pub(super) struct NoSuchName;

/// The name under which a stand-in answers for addresses.
pub(super) const STAND_IN_NAME: &str = "address.stand-in.invalid";

/// The resolver that the HTTP client asks, once a connection. It connects to nothing but what is answered here, so a name
/// that changes its mind between a check and a connection changes nothing.
pub(super) struct CheckedNames {
    pub(super) resolver: Arc<dyn Resolver>,
    pub(super) stand_in: Option<SocketAddr>,
}

impl Resolve for CheckedNames {
    fn resolve(&self, name: Name) -> reqwest::dns::Resolving {
        let stand_in = self.stand_in;
        if let Some(stand_in) = stand_in.filter(|_| name.as_str() == STAND_IN_NAME) {
            return Box::pin(std::future::ready(Ok(addresses(vec![stand_in]))));
        }
        let found = self.resolver.resolve(name.as_str());
        Box::pin(async move {
            let found = found.await.map_err(|_| NoSuchName)?;
            if found.is_empty() {
                return Err(NoSuchName.into());
            }
            // One address of the inside among others is an attempt: all are refused.
            if !found.iter().all(|address| is_public(*address)) {
                return Err(InsideName.into());
            }
            // Port 0 stands for the address's own port or the usual one of its scheme.
            let reached = found.into_iter().map(|address| stand_in.unwrap_or(SocketAddr::new(address, 0)));
            Ok(addresses(reached.collect()))
        })
    }
}

fn addresses(found: Vec<SocketAddr>) -> Addrs {
    Box::new(found.into_iter())
}
