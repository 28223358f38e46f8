//! What the forms of the pages offer to choose: teams, forms and people that the reader reaches, and no
//! others. A filter in force is kept as it was requested, whatever it names.

use serde_json::{Map, Value};

use super::words::ALL;
use crate::access::{self, Caller, Permission, Reach, Role, Scope};
use crate::facts::NeedKind;
use crate::inquiries::need_names;
use crate::intake::forms;
use crate::kernel::error::Result;
use crate::kernel::id::UserId;
use crate::kernel::language::Language;
use crate::kernel::page::PageRequest;
use crate::kernel::text::cut;
use crate::platform::db::DbConnection;

/// Characters of a name in a form.
const NAME_MAX: usize = 40;

/// Names by their ids.
type Named = Vec<(String, String)>;

/// What can be chosen, by whom.
#[derive(Debug, Clone, Default)]
pub struct Known {
    teams: Named,
    forms: Named,
    people: Named,
}

impl Known {
    /// Reads what a caller reaches, at most so many of each. Agents have nothing to choose: all is their own.
    pub fn read(conn: &mut DbConnection, caller: &Caller, people: &[UserId], most: usize) -> Result<Self> {
        if caller.role == Role::Agent {
            return Ok(Self::default());
        }
        let first = PageRequest::first(i64::try_from(most).unwrap_or(i64::MAX));
        let teams = access::teams::store::list(conn, &caller.scope, &first)?.data;
        let teams = written(teams.into_iter().map(|team| (team.id, team.name)).collect());
        let people: Vec<UserId> = people.iter().take(most).copied().collect();
        let people = written(access::store::names(conn, &people)?);
        Ok(Self { teams, forms: Self::forms(conn, caller, most)?, people })
    }

    fn forms(conn: &mut DbConnection, caller: &Caller, most: usize) -> Result<Named> {
        if !caller.may(Permission::ReadForms) {
            return Ok(Vec::new());
        }
        let reach: Reach = Permission::ReadForms.reach(caller.role);
        Ok(written(forms::store::visible_names(conn, &Scope { reach, ..caller.scope }, most)?))
    }
}

/// By their names, of which a form shows the beginning.
fn written<K: ToString>(names: Vec<(K, String)>) -> Named {
    let mut names: Named =
        names.into_iter().map(|(id, name)| (id.to_string(), cut(name, NAME_MAX))).collect();
    names.sort_by(|(_, one), (_, other)| one.cmp(other));
    names
}

/// A field of a form with what can be chosen in it.
#[derive(Debug)]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub choices: Vec<Choice>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub is_chosen: bool,
}

impl Field {
    /// A field of a filter: all, or one of these.
    fn filter(name: &'static str, label: &'static str, named: &Named, context: &Context<'_>) -> Self {
        let chosen = context.filters.get(name).and_then(Value::as_str).unwrap_or_default();
        let pick = |(zh, en): (&'static str, &'static str)| context.language.pick(zh, en).to_owned();
        let mut choices = vec![(String::new(), pick(ALL))];
        choices.extend(named.iter().cloned());
        if named.iter().all(|(value, _)| value != "none") && matches!(name, "team" | "assignee") {
            choices.push(("none".to_owned(), none_of(name, context.language).to_owned()));
        }
        if choices.iter().all(|(value, _)| value != chosen) {
            choices.push((chosen.to_owned(), chosen.to_owned()));
        }
        Self::of(name, label, choices, chosen)
    }

    pub fn of(name: &'static str, label: &'static str, choices: Named, chosen: &str) -> Self {
        let choice = |(value, label): (String, String)| {
            let is_chosen = value == chosen;
            Choice { value, label, is_chosen }
        };
        Self { name, label, choices: choices.into_iter().map(choice).collect() }
    }
}

fn none_of(name: &str, language: Language) -> &'static str {
    match name {
        "team" => language.pick("无团队", "No team"),
        _ => language.pick("公海（无经办人）", "Pool (nobody)"),
    }
}

/// What fields are made for.
pub struct Context<'a> {
    pub known: &'a Known,
    pub filters: &'a Map<String, Value>,
    pub language: Language,
}

impl Context<'_> {
    fn pick(&self, zh: &'static str, en: &'static str) -> &'static str {
        self.language.pick(zh, en)
    }

    /// Team and form, where there is something to choose or chosen.
    pub fn of_dashboard(&self) -> Vec<Field> {
        let (teams, forms) = (self.pick("团队", "Team"), self.pick("表单", "Form"));
        let all = [("team", teams, &self.known.teams), ("form", forms, &self.known.forms)];
        let has_choice = |name: &str, named: &Named| !named.is_empty() || self.filters.contains_key(name);
        let fields = all.into_iter().filter(|(name, _, named)| has_choice(name, named));
        fields.map(|(name, label, named)| Field::filter(name, label, named, self)).collect()
    }

    /// The same, and owner, kind of need and channel.
    pub fn of_report(&self) -> Vec<Field> {
        let mut fields = self.of_dashboard();
        if !self.known.people.is_empty() || self.filters.contains_key("assignee") {
            let label = self.pick("经办人", "Owner");
            fields.push(Field::filter("assignee", label, &self.known.people, self));
        }
        let kind = |kind: &NeedKind| {
            let (zh, en) = need_names::name_of(*kind);
            (kind.word().to_owned(), self.pick(zh, en).to_owned())
        };
        let kinds: Named = NeedKind::ALL.iter().map(kind).collect();
        fields.push(Field::filter("need_kind", self.pick("需求类型", "Kind of need"), &kinds, self));
        let channels = [("form", "网站表单", "Web form"), ("api", "手工录入", "Entered by hand")];
        let channels = channels.map(|(word, zh, en)| (word.to_owned(), self.pick(zh, en).to_owned()));
        fields.push(Field::filter("channel", self.pick("渠道", "Channel"), &channels.to_vec(), self));
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_chosen_can_be_chosen_again_even_if_it_is_not_known() {
        let known = Known { teams: vec![("tem_1".to_owned(), "东区".to_owned())], ..Known::default() };
        let Value::Object(filters) = json!({"team": "tem_1", "form": "frm_2,none"}) else { panic!() };
        let fields = Context { known: &known, filters: &filters, language: Language::Zh }.of_dashboard();
        let chosen = |field: &Field| {
            let chosen: Vec<&str> = field
                .choices
                .iter()
                .filter(|choice| choice.is_chosen)
                .map(|choice| choice.label.as_str())
                .collect();
            chosen.join("|")
        };
        assert_eq!(fields.iter().map(chosen).collect::<Vec<_>>(), ["东区", "frm_2,none"]);
        let none = Context { known: &Known::default(), filters: &Map::new(), language: Language::En };
        assert!(none.of_dashboard().is_empty() && none.of_report().len() == 2);
    }
}
