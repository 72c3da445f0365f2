//! Who may do what, where: one pure function, asked first in every use case.

use serde::{Deserialize, Serialize};

/// What a signed-in party is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A resident (居民).
    Resident,
    /// Community police, grid worker, village cadre.
    CommunityOfficer,
    /// A police station's officer.
    StationOfficer,
    /// Calls and visits for the dissuasion centre.
    DissuasionAgent,
    /// Reviews outcomes in a county centre.
    CountyReviewer,
    /// Leads a county centre.
    CountyLead,
    /// Proposes changes of the lists.
    ListEditor,
    /// Approves what a list editor proposed.
    ListApprover,
    /// Reads the city's statistics.
    CityAnalyst,
    /// Leads the city centre.
    CityLead,
    /// Reads the audit log.
    Auditor,
    /// Runs the system; sees no personal data.
    Administrator,
    /// A carrier, a bank or the provincial platform.
    Upstream,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 13] = [
        Self::Resident,
        Self::CommunityOfficer,
        Self::StationOfficer,
        Self::DissuasionAgent,
        Self::CountyReviewer,
        Self::CountyLead,
        Self::ListEditor,
        Self::ListApprover,
        Self::CityAnalyst,
        Self::CityLead,
        Self::Auditor,
        Self::Administrator,
        Self::Upstream,
    ];

    /// The stable word used in tokens, commands and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resident => "resident",
            Self::CommunityOfficer => "community_officer",
            Self::StationOfficer => "station_officer",
            Self::DissuasionAgent => "dissuasion_agent",
            Self::CountyReviewer => "county_reviewer",
            Self::CountyLead => "county_lead",
            Self::ListEditor => "list_editor",
            Self::ListApprover => "list_approver",
            Self::CityAnalyst => "city_analyst",
            Self::CityLead => "city_lead",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
            Self::Upstream => "upstream",
        }
    }

    /// The role named by its stable word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// What residents call it.
    pub const fn name_zh(self) -> &'static str {
        match self {
            Self::Resident => "居民",
            Self::CommunityOfficer => "社区民警、网格员或村干部",
            Self::StationOfficer => "派出所民警",
            Self::DissuasionAgent => "预警劝阻员",
            Self::CountyReviewer => "县级反诈中心审核员",
            Self::CountyLead => "县级反诈中心负责人",
            Self::ListEditor => "名单编辑员",
            Self::ListApprover => "名单审核员",
            Self::CityAnalyst => "市反诈中心分析员",
            Self::CityLead => "市反诈中心负责人",
            Self::Auditor => "审计员",
            Self::Administrator => "系统管理员",
            Self::Upstream => "合作单位",
        }
    }

    /// True for those who sign in at the console.
    pub const fn is_officer(self) -> bool {
        !matches!(self, Self::Resident | Self::Upstream)
    }
}

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// End one's own sessions.
    SignOut,
    /// Check subjects and texts.
    CheckSubject,
    /// Check numbers without telling them.
    CheckPrivately,
    /// Read the warnings in one's own inbox.
    ReadWarnings,
    /// Read names and places of divisions: public facts.
    ReadDivisions,
    /// Read population and households of divisions.
    ReadDivisionFacts,
    /// Import a division tree, its facts, or name successors.
    EditDivisions,
    /// Read units and what they serve.
    ReadUnits,
    /// Create, change or import units.
    EditUnits,
    /// Read what the lists hold and where they contradict each other.
    ReadLists,
    /// Propose that an entry is made, suspended or lifted.
    ProposeLists,
    /// Push changes of one's own list.
    PushLists,
    /// Decide on what was proposed about the lists: with another officer who stands by it.
    SettleLists,
    /// Report a subject or a text, and follow what becomes of it.
    ReportSubject,
    /// Object to what is said of one's own number or site, and follow what becomes of it.
    AppealListing,
    /// Read objections and say that papers were shown. Always audited.
    ReadAppeals,
    /// Read what residents reported, without who they are. Always audited.
    ReadReports,
    /// Register, read, change, export and erase one's own data and family.
    ManageOwnData,
    /// Read residents and members of families. Shown masked, always audited.
    ReadPersons,
    /// Register residents on their word, and keep their data right.
    RegisterPersons,
    /// Decide on sign-ups that look odd.
    ReviewSignUps,
    /// Read counts of the protected population.
    ReadPopulation,
    /// Read the accounts of officers: user name, role, unit; name and phone masked, or in full and audited.
    ReadOfficers,
    /// Create, change, disable or import officers; see also [`may_manage`].
    EditOfficers,
    /// Read who is on duty when.
    ReadDuty,
    /// Write rosters and name substitutes.
    EditDuty,
    /// Read who answers for which village; name and phone masked.
    ReadResponsibilities,
    /// Say who answers for which village.
    EditResponsibilities,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 28] = [
        Self::SignOut,
        Self::CheckSubject,
        Self::CheckPrivately,
        Self::ReadWarnings,
        Self::ReadDivisions,
        Self::ReadDivisionFacts,
        Self::EditDivisions,
        Self::ReadUnits,
        Self::EditUnits,
        Self::ReadLists,
        Self::ProposeLists,
        Self::PushLists,
        Self::SettleLists,
        Self::ReportSubject,
        Self::AppealListing,
        Self::ReadAppeals,
        Self::ReadReports,
        Self::ManageOwnData,
        Self::ReadPersons,
        Self::RegisterPersons,
        Self::ReviewSignUps,
        Self::ReadPopulation,
        Self::ReadOfficers,
        Self::EditOfficers,
        Self::ReadDuty,
        Self::EditDuty,
        Self::ReadResponsibilities,
        Self::EditResponsibilities,
    ];
}

/// How what is asked for lies to the one who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Their own data.
    Own,
    /// Inside the divisions their unit serves.
    Served,
    /// Outside them: for such a caller it does not exist.
    Foreign,
    /// The whole installation, no division in particular.
    Whole,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 4] = [Self::Own, Self::Served, Self::Foreign, Self::Whole];
}

/// May a holder of `role` do `action` within `scope`?
pub const fn allows(role: Role, action: Action, scope: Scope) -> bool {
    use Role::{
        Administrator, CityAnalyst, CityLead, CommunityOfficer, CountyLead, CountyReviewer, DissuasionAgent,
        ListApprover, ListEditor, Resident, StationOfficer,
    };
    match (action, scope) {
        (Action::SignOut, Scope::Own) => !matches!(role, Role::Upstream),
        (Action::CheckSubject, Scope::Own) => true,
        (Action::CheckPrivately | Action::ReadWarnings, Scope::Own) => matches!(role, Resident),
        (Action::ReadDivisions, Scope::Whole) => !matches!(role, Role::Upstream),
        (Action::ReadDivisionFacts | Action::ReadUnits, Scope::Served) => role.is_officer(),
        (Action::ReadDivisionFacts | Action::ReadUnits, Scope::Foreign | Scope::Whole) => {
            matches!(role, Administrator | CityLead | CityAnalyst)
        }
        (Action::EditDivisions | Action::EditUnits, Scope::Whole) => matches!(role, Administrator | CityLead),
        (Action::ReadLists, Scope::Whole) => matches!(role, ListEditor | ListApprover | CityAnalyst | CityLead),
        (Action::ManageOwnData | Action::ReportSubject | Action::AppealListing, Scope::Own) => matches!(role, Resident),
        (Action::ReadReports | Action::ReadAppeals, Scope::Whole) => {
            matches!(role, ListEditor | ListApprover | CityLead)
        }
        (Action::ReadPersons, Scope::Served) => {
            matches!(role, CommunityOfficer | StationOfficer | DissuasionAgent | CountyReviewer | CountyLead | CityLead)
        }
        (Action::RegisterPersons, Scope::Served) => matches!(role, CommunityOfficer | StationOfficer | CountyLead),
        (Action::ReviewSignUps, Scope::Served) => matches!(role, CountyReviewer | CountyLead | CityLead),
        (Action::ReadPopulation, Scope::Served) => role.is_officer(),
        (Action::ReadPopulation, Scope::Whole | Scope::Foreign) => matches!(role, CityAnalyst | CityLead),
        (Action::ProposeLists, Scope::Whole) => matches!(role, ListEditor | ListApprover | CityLead),
        (Action::PushLists, Scope::Own) => matches!(role, Role::Upstream),
        (Action::SettleLists, Scope::Whole) => matches!(role, ListApprover | CityLead),
        (Action::ReadOfficers | Action::EditOfficers, Scope::Served) => {
            matches!(role, CountyLead | CityLead | Administrator)
        }
        (Action::ReadDuty | Action::ReadResponsibilities, Scope::Served) => role.is_officer(),
        (Action::ReadDuty | Action::ReadResponsibilities, Scope::Foreign | Scope::Whole) => {
            matches!(role, Administrator | CityLead | CityAnalyst)
        }
        (Action::EditDuty | Action::EditResponsibilities, Scope::Served) => {
            matches!(role, StationOfficer | CountyLead | CityLead | Administrator)
        }
        (
            Action::ReadOfficers | Action::EditOfficers | Action::EditDuty | Action::EditResponsibilities,
            Scope::Foreign | Scope::Whole,
        ) => matches!(role, Administrator | CityLead),
        _ => false,
    }
}

/// May a holder of `role` make somebody a holder of `other`, and change or disable who is one? Nobody gives more than lies
/// within their own reach: a county lead manages those who work in a county and no other lead.
pub const fn may_manage(role: Role, other: Role) -> bool {
    match role {
        Role::Administrator | Role::CityLead => other.is_officer(),
        Role::CountyLead => matches!(
            other,
            Role::CommunityOfficer | Role::StationOfficer | Role::DissuasionAgent | Role::CountyReviewer
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_manages_a_role_above_their_reach() {
        for role in Role::ALL {
            for other in Role::ALL {
                let managed = may_manage(role, other);
                assert!(!managed || other.is_officer(), "{role:?} {other:?}");
                assert!(!managed || allows(role, Action::EditOfficers, Scope::Served), "{role:?} {other:?}");
            }
        }
        assert!(may_manage(Role::CityLead, Role::Administrator));
        assert!(!may_manage(Role::CountyLead, Role::CountyLead));
        assert!(!may_manage(Role::StationOfficer, Role::CommunityOfficer));
    }
}
