//! What residents report: kept, weighed, and proposed once enough of them agree. One report alone never lists anything.

mod console;
mod create;
mod media_checks;
mod own;
mod screenshots;
mod weigh;

pub use console::{ReportGroupPage, ReportGroupView, ReportInFull, report_read, report_screenshot_read, reports_queue};
pub use create::{NewReport, Reported, report_create};
pub use media_checks::{media_checks_ask, media_read};
pub use own::{OwnReport, Progress, ProgressState, ProgressStep, own_report, own_reports};
pub use screenshots::screenshot_add;
pub use store::reports::{CheckState, ScreenshotBrief, StoredScreenshot};
