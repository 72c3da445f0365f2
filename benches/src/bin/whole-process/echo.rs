//! The bare server: reads a JSON body into a type and answers as many bytes as a check does. No tokens, no limits, no log.

use actix_web::{App, HttpResponse, HttpServer, web};
use serde::Deserialize;

#[derive(Deserialize)]
struct Question {
    kind: String,
    value: String,
}

struct Replies {
    phone: web::Bytes,
    link: web::Bytes,
}

async fn answer(question: web::Json<Question>, replies: web::Data<Replies>) -> HttpResponse {
    let reply = match (question.kind.as_str(), question.value.is_empty()) {
        ("phone", false) => &replies.phone,
        _ => &replies.link,
    };
    HttpResponse::Ok().content_type("application/json").body(reply.clone())
}

/// Serves until killed; told what to answer by its environment.
pub fn serve() -> anyhow::Result<()> {
    let reply = |name: &str| std::env::var(name).map(|reply| web::Bytes::from(reply.into_bytes()));
    let replies = web::Data::new(Replies { phone: reply("ECHO_PHONE")?, link: reply("ECHO_LINK")? });
    let listen = std::env::var("ECHO_LISTEN")?;
    actix_web::rt::System::new().block_on(async move {
        HttpServer::new(move || {
            App::new()
                .app_data(replies.clone())
                .route("/api/v1/checks", web::post().to(answer))
                .route("/health/ready", web::get().to(|| std::future::ready(HttpResponse::Ok())))
        })
        .bind(listen)?
        .run()
        .await
    })?;
    Ok(())
}
