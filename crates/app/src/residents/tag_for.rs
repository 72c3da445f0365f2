//! An officer says which risk groups a resident belongs to.

use domain::{authorization::Action, person::TagSource};
use store::{
    StoreError,
    persons::{person_find, person_hold, tags_set},
};

use super::{
    NamedTag, PersonView,
    console::{served_person, shown_alone, view},
    profile::settle_one,
    tags,
};
use crate::{App, AppError, Context};

/// Makes the groups that officers name of a person these; what the person, a guardian or an import said stays.
///
/// # Errors
/// `not_found` for who is at home outside the divisions one serves; `invalid_field` for a group that is none.
pub async fn tags_set_for(
    app: &App,
    context: &Context,
    id: &str,
    named: Vec<NamedTag>,
) -> Result<PersonView, AppError> {
    let (tree, now) = (app.divisions.get(&app.store.db).await?, app.now());
    let (keyring, asker, id, divisions) = (app.store.keyring.clone(), context.clone(), id.to_owned(), tree.clone());
    let seen = app.write(move |connection| {
        served_person(connection, &keyring, &asker, &divisions, Action::RegisterPersons, &id)?;
        let tags = tags::tags("/tags", &named, now)?;
        let person = person_hold(connection, &keyring, &id, None)?;
        tags_set(connection, person.id, &tags, TagSource::Officer, now)?;
        settle_one(connection, &keyring, &person, now)?;
        let person = person_find(connection, &keyring, &id)?.ok_or(StoreError::NotFound)?;
        Ok(shown_alone(connection, &asker, person, ("person.tagged", "标注人群标签"), now)?)
    });
    Ok(view(&tree, &seen.await?, now))
}
