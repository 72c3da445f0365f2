use super::*;
use crate::divisions::test_support::*;

fn found(request: FindDivisions) -> Vec<String> {
    let (_folder, db) = small_db();
    find(&tree(&db), &request).unwrap().into_iter().map(|view| view.path.join("/")).collect()
}

fn by_name(name: &str) -> Vec<String> {
    found(FindDivisions { name: Some(name.to_owned()), ..FindDivisions::default() })
}

fn by_path(path: &str) -> Vec<String> {
    found(FindDivisions { path: Some(path.to_owned()), ..FindDivisions::default() })
}

#[test]
fn a_part_of_a_name_finds_the_best_first() {
    assert_eq!(by_name("八一"), ["河南省/周口市/川汇区/七一路街道/八一社区居民委员会"]);
    assert_eq!(
        by_name("街道"),
        ["河南省/周口市/川汇区/陈州街道", "河南省/周口市/川汇区/七一路街道", "东莞市/东城街道"]
    );
    assert_eq!(by_name("七一路办事处"), ["河南省/周口市/川汇区/七一路街道"]);
    assert_eq!(by_name("没有"), Vec::<String>::new());
}

#[test]
fn a_path_is_read_with_slashes_spaces_and_levels_left_out() {
    let community = ["河南省/周口市/川汇区/七一路街道/八一社区居民委员会"];
    for path in [
        "川汇区/七一路办事处/八一社区居委会",
        "河南省 周口市 川汇区 七一路街道 八一社区居民委员会",
        "周口/八一",
        "/川汇区/八一社区/",
        "川汇区＞七一路　八一",
    ] {
        assert_eq!(by_path(path), community, "{path}");
    }
    assert_eq!(by_path("淮阳区/八一"), Vec::<String>::new());
    assert_eq!(by_path("八一/川汇区"), Vec::<String>::new(), "the order counts");
    assert_eq!(by_path("东莞市/王庄").len(), 1);
    assert_eq!(by_path("王庄").len(), 2);
}

#[test]
fn a_name_may_be_sought_below_a_division() {
    let under = |under: &str| FindDivisions {
        name: Some("王庄".into()),
        under: Some(under.into()),
        ..FindDivisions::default()
    };
    assert_eq!(found(under("411600000000")), ["河南省/周口市/淮阳区/城关镇/王庄村民委员会"]);
    assert_eq!(found(FindDivisions { limit: Some(1), name: Some("王庄".into()), ..FindDivisions::default() }).len(), 1);
}

#[test]
fn without_words_the_tops_or_the_children_are_listed() {
    assert_eq!(found(FindDivisions::default()), ["河南省", "东莞市"]);
    let below = FindDivisions { under: Some("441900000000".into()), ..FindDivisions::default() };
    assert_eq!(found(below), ["东莞市/东城街道"]);
}

#[test]
fn closed_divisions_are_not_found() {
    let (_folder, db) = small_db();
    let newer: String = SMALL.lines().filter(|line| !line.contains("文昌")).map(|line| format!("{line}\n")).collect();
    import_text(&db, &newer, 2024).unwrap();
    let request = FindDivisions { name: Some("文昌".into()), ..FindDivisions::default() };
    assert!(find(&tree(&db), &request).unwrap().is_empty());
}

#[test]
fn what_cannot_be_asked_is_refused_with_its_field() {
    let (_folder, db) = small_db();
    let tree = tree(&db);
    let text = |text: &str| Some(text.to_owned());
    let cases = [
        (FindDivisions { name: text(" "), ..FindDivisions::default() }, "name"),
        (FindDivisions { name: text(&"名".repeat(201)), ..FindDivisions::default() }, "name"),
        (FindDivisions { path: text("//"), ..FindDivisions::default() }, "path"),
        (FindDivisions { path: text("a/b/c/d/e/f/g/h/i"), ..FindDivisions::default() }, "path"),
        (FindDivisions { under: text("4116"), ..FindDivisions::default() }, "under"),
        (FindDivisions { under: text("999999999999"), ..FindDivisions::default() }, "under"),
        (FindDivisions { limit: Some(0), ..FindDivisions::default() }, "limit"),
        (FindDivisions { limit: Some(101), ..FindDivisions::default() }, "limit"),
    ];
    for (request, pointer) in cases {
        let error = find(&tree, &request).unwrap_err();
        assert_eq!(error.fields.first().map(|field| field.pointer.as_str()), Some(pointer), "{request:?}");
    }
}

proptest::proptest! {
    #[test]
    fn any_words_are_answered_or_refused(name in ".{0,30}", path in ".{0,60}") {
        let stored = crate::divisions::Tree::default();
        let _ = find(&stored, &FindDivisions { name: Some(name), path: Some(path), ..FindDivisions::default() });
    }
}
