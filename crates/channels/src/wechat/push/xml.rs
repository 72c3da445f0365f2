//! A message in XML as the JSON it would have been: elements are fields, repeated ones lists, text is text. Attributes say
//! nothing in these messages. Declared types and entities are refused: nothing of ours needs them.

use quick_xml::events::{BytesRef, Event};
use quick_xml::{Reader, XmlVersion};
use serde_json::{Map, Value};

/// Elements within elements; messages have four.
const DEEPEST: usize = 8;

/// An element that is not closed yet.
#[derive(Default)]
struct Element {
    name: String,
    text: String,
    fields: Map<String, Value>,
}

impl Element {
    fn value(self) -> Value {
        if self.fields.is_empty() { Value::String(self.text) } else { Value::Object(self.fields) }
    }

    fn add(&mut self, name: String, value: Value) {
        match self.fields.get_mut(&name) {
            None => drop(self.fields.insert(name, value)),
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
}

/// What the root element holds. `None` where it is not XML of this plain kind.
pub(super) fn read(text: &str) -> Option<Value> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) if open.len() < DEEPEST && root.is_none() => {
                open.push(Element { name: start.name().as_ref().to_owned(), ..Element::default() });
            }
            Event::Empty(empty) => open.last_mut()?.add(empty.name().as_ref().to_owned(), String::new().into()),
            Event::End(_) => {
                let mut closed = open.pop()?;
                let name = std::mem::take(&mut closed.name);
                match open.last_mut() {
                    Some(parent) => parent.add(name, closed.value()),
                    None => root = Some(closed.value()),
                }
            }
            Event::Text(text) => say(&mut open, &text.xml_content(XmlVersion::Implicit1_0))?,
            Event::CData(text) => say(&mut open, &text.xml_content(XmlVersion::Implicit1_0))?,
            Event::GeneralRef(reference) => say(&mut open, character(&reference)?.encode_utf8(&mut [0; 4]))?,
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Eof => return root.filter(|_| open.is_empty()),
            Event::Start(_) | Event::DocType(_) | Event::PI(_) => return None,
        }
    }
}

/// Text outside of the root may only be space.
fn say(open: &mut [Element], text: &str) -> Option<()> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return None,
    }
    Some(())
}

fn character(reference: &BytesRef<'_>) -> Option<char> {
    if let Some(character) = reference.resolve_char_ref().ok()? {
        return Some(character);
    }
    match reference.xml_content(XmlVersion::Implicit1_0).as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}
