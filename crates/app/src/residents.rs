//! Registration: how a person becomes protected, knows that they are, and leaves.
//!
//! Players: a *person* is whoever signed in, was registered by an officer or is named by a family; [`Me`] is what they see
//! of themselves; a *family link* is one person naming another; a *review* keeps an odd sign-up apart until somebody
//! decides.
//!
//! Flow: [`phone_code_send`] and [`phone_prove`] → [`register`] → [`me`]; then [`correct`], [`home_move`], [`pause`],
//! [`consent_set`], [`withdraw`], [`erase`], each an ordinary step back and forth. Every change holds the person and all
//! who share the phone, and settles the counts last ([`store::persons::persons_settle`]).

mod access_log;
mod attest;
mod codes;
mod consents;
mod console;
mod export;
mod export_page;
mod family;
mod import;
mod invitations;
mod leave;
mod me;
mod phone;
mod profile;
mod register;
mod register_for;
mod reviews;
mod rules;
mod tag_for;
mod tags;
mod upkeep;

pub use access_log::{AccessView, access_log};
pub use attest::{WaitingInvitation, WaitingPage, invitation_attest, waiting_invitations};
pub use codes::{CodeView, OwnCode, registration_code, registration_code_image, registration_code_read};
pub use consents::consent_set;
pub use console::{PersonPage, PersonView, person_get, person_reveal, persons_list};
pub use export::{Export, export};
pub use export_page::export_page;
pub use family::{AddMember, MemberView, family_add, family_list, family_remove, guard_set};
pub use import::{ImportReport, PersonsFile, Phase, import_persons, persons_file, persons_import};
pub use invitations::{InvitationView, invitation_answer, invitations_list};
pub use leave::{erase, withdraw};
pub use me::{ConsentView, Me, MissingView, me};
pub use phone::{Proof, phone_code_send, phone_prove};
pub use profile::{Corrections, correct, home_move, pause};
pub use register::{Register, register};
pub use register_for::{Attested, register_for};
pub use reviews::{ReviewPage, ReviewView, review_decide, reviews_list};
pub use tag_for::tags_set_for;
pub use tags::{NamedTag, TagView};
pub use upkeep::{Upkeep, upkeep};
