//! All routes of the one listener, and the OpenAPI document made from them.

use actix_web::{
    App, Error, HttpRequest, HttpResponse,
    dev::{ResourceDef, ServiceFactory, ServiceRequest},
    http::{Method, header},
    web::Data,
};
use app::{AppError, ErrorCode};
use utoipa::openapi::{
    OpenApi, OpenApiVersion, PathItem,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_actix_web::{AppExt as _, UtoipaApp, scope};
use utoipa_swagger_ui::SwaggerUi;
use web::ApiError;

use crate::health;

/// Which paths exist with which methods: for those who use the wrong one.
pub(crate) struct KnownPaths(Vec<(ResourceDef, Vec<Method>)>);

/// The OpenAPI 3.1 document, made from the routes themselves.
pub fn openapi() -> OpenApi {
    let (_, mut document) = with_routes(App::new().into_utoipa_app(), true).split_for_parts();
    document.openapi = OpenApiVersion::Version31;
    document.info.title = "Golden Bell 金钟罩".to_owned();
    env!("CARGO_PKG_VERSION").clone_into(&mut document.info.version);
    document.info.description =
        Some("Protects the people of a city from telecom and online fraud. 反电信网络诈骗预警劝阻服务。".to_owned());
    document.info.license = None;
    document.info.contact = None;
    let components = document.components.get_or_insert_default();
    components.add_security_scheme(
        "access_token",
        SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build()),
    );
    components.add_security_scheme(
        "signature",
        SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(
            "X-Signature",
            "With X-Key-Id, X-Timestamp and X-Nonce: HMAC-SHA256 over method, path, time, nonce and body; see docs/security.md.",
        ))),
    );
    document
}

impl KnownPaths {
    /// The paths of the document.
    pub(crate) fn of(document: &OpenApi) -> Self {
        let methods = |item: &PathItem| {
            let operations = [
                (&item.get, Method::GET),
                (&item.post, Method::POST),
                (&item.put, Method::PUT),
                (&item.patch, Method::PATCH),
                (&item.delete, Method::DELETE),
            ];
            operations.into_iter().filter_map(|(operation, method)| operation.as_ref().map(|_| method)).collect()
        };
        Self(document.paths.paths.iter().map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item))).collect())
    }

    fn methods_of(&self, path: &str) -> Vec<&Method> {
        self.0.iter().filter(|(pattern, _)| pattern.is_match(path)).flat_map(|(_, methods)| methods).collect()
    }
}

/// Adds every documented route; those of the APIs only where this process serves them.
pub(crate) fn with_routes<T>(app: UtoipaApp<T>, api: bool) -> UtoipaApp<T>
where
    T: ServiceFactory<ServiceRequest, Config = (), Error = Error, InitError = ()>,
{
    let app = app.service(health::live).service(health::ready).service(health::metrics);
    if !api {
        return app;
    }
    app.service(scope("/api/v1").configure(mini_program_api::routes).configure(console_api::routes))
}

/// The page that shows the document.
pub(crate) fn docs_page(document: &OpenApi) -> SwaggerUi {
    SwaggerUi::new("/api/docs/{_:.*}").url("/api/openapi.json", document.clone())
}

/// The reply where nothing matches: the path does not exist, or not with this method.
pub(crate) async fn fallback(request: HttpRequest, known: Data<KnownPaths>) -> Result<HttpResponse, ApiError> {
    let methods = known.methods_of(request.path());
    if methods.is_empty() {
        return std::future::ready(Err(AppError::not_found().into())).await;
    }
    let error = ApiError(AppError::new(ErrorCode::MethodNotAllowed, "此地址不支持这种请求方法。"));
    let mut response = actix_web::ResponseError::error_response(&error);
    let allow = methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(", ");
    if let Ok(value) = header::HeaderValue::from_str(&allow) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    Ok(response)
}
