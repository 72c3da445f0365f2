//! Replies that are files, sent while they are made.

use std::io;

use actix_web::{
    HttpResponse,
    http::header::{self, ContentDisposition, DispositionParam, DispositionType, HeaderName},
    web::Bytes,
};
use app::AppError;
use futures_util::stream;
use tokio::sync::mpsc::Receiver;

/// A file on its way.
pub struct Download {
    /// Its media type.
    pub media_type: &'static str,
    /// The name under which it is kept, in ASCII.
    pub file_name: String,
    /// What it is a version of, in the header `x-list-version`.
    pub version: i64,
    /// Its bytes, last the failure that ends it early.
    pub chunks: Receiver<Result<Vec<u8>, AppError>>,
}

/// Sends a file. Where it fails on the way the connection is cut, so that nobody takes a part for the whole.
pub fn download(file: Download) -> HttpResponse {
    let Download { media_type, file_name, version, mut chunks } = file;
    let attachment = ContentDisposition {
        disposition: DispositionType::Attachment,
        parameters: vec![DispositionParam::Filename(file_name)],
    };
    let bytes = stream::poll_fn(move |context| {
        chunks.poll_recv(context).map(|chunk| {
            chunk.map(|chunk| {
                chunk.map(Bytes::from).map_err(|error| {
                    tracing::error!(cause = ?error.cause, "a file could not be sent to its end");
                    io::Error::other("the file ends here")
                })
            })
        })
    });
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header(attachment)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((HeaderName::from_static("x-list-version"), version))
        .insert_header((HeaderName::from_static("x-accel-buffering"), "no"))
        .streaming(bytes)
}
