//! Outlines of counties, out of a GeoJSON file (RFC 7946) whose features name their county.

use std::{collections::HashMap, path::Path};

use serde_json::Value;

use crate::error::AppError;

/// Largest file that is read.
const LARGEST_FILE: u64 = 64 << 20;

/// A point in degrees: longitude, latitude, as GeoJSON has them.
type Point = (f64, f64);

/// The area of a county: rings of all its parts. A point is inside where it is inside an odd number of rings, which takes
/// care of holes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Outline {
    rings: Vec<Vec<Point>>,
}

impl Outline {
    /// True if the point lies inside (ray casting).
    pub(super) fn contains(&self, (x, y): Point) -> bool {
        let crossings = self.rings.iter().flat_map(|ring| edges(ring)).filter(|((x1, y1), (x2, y2))| {
            // Half-open, so that a ray through a corner counts once.
            (*y1 > y) != (*y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
        });
        crossings.count() % 2 == 1
    }

    /// South-west and north-east corner of the box around it.
    pub(super) fn bounds(&self) -> (Point, Point) {
        let start = ((f64::INFINITY, f64::INFINITY), (f64::NEG_INFINITY, f64::NEG_INFINITY));
        self.rings.iter().flatten().fold(start, |((west, south), (east, north)), (x, y)| {
            ((west.min(*x), south.min(*y)), (east.max(*x), north.max(*y)))
        })
    }
}

fn edges(ring: &[Point]) -> impl Iterator<Item = (Point, Point)> {
    let next = ring.iter().cycle().skip(1);
    ring.iter().copied().zip(next.copied())
}

/// Outlines by the first six digits of the county's code. None where the file is absent.
pub(super) fn read(path: &Path) -> Result<Option<HashMap<String, Outline>>, AppError> {
    let unreadable = |why: String| AppError::invalid("", format!("无法读取县界文件：{why}"));
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
        Ok(metadata) if metadata.len() > LARGEST_FILE => return Err(unreadable("文件过大".to_owned())),
        Ok(_) => {}
    }
    let text = std::fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let json: Value = serde_json::from_slice(&text).map_err(|error| unreadable(error.to_string()))?;
    Ok(Some(outlines(&json)))
}

/// The features that name a county and have an area; others are left out.
fn outlines(json: &Value) -> HashMap<String, Outline> {
    let features = json.get("features").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    features.iter().filter_map(|feature| Some((county(feature)?, outline(feature.get("geometry")?)?))).collect()
}

/// `gb` is the country (156) followed by the six digits of the county.
fn county(feature: &Value) -> Option<String> {
    let digits = feature.get("properties")?.get("gb")?.as_str()?.strip_prefix("156")?;
    (digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| digits.to_owned())
}

fn outline(geometry: &Value) -> Option<Outline> {
    let coordinates = geometry.get("coordinates")?.as_array()?;
    let polygons: Vec<&Value> = match geometry.get("type")?.as_str()? {
        "Polygon" => vec![geometry.get("coordinates")?],
        "MultiPolygon" => coordinates.iter().collect(),
        _ => return None,
    };
    let rings: Option<Vec<Vec<Point>>> = polygons
        .into_iter()
        .map(|polygon| polygon.as_array())
        .flat_map(|rings| rings.into_iter().flatten())
        .map(ring)
        .collect();
    rings.filter(|rings| !rings.is_empty()).map(|rings| Outline { rings })
}

fn ring(points: &Value) -> Option<Vec<Point>> {
    let point = |point: &Value| {
        let mut numbers = point.as_array()?.iter().map(Value::as_f64);
        Some((numbers.next()??, numbers.next()??))
    };
    let points: Vec<Point> = points.as_array()?.iter().map(point).collect::<Option<_>>()?;
    (points.len() >= 3).then_some(points)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn square_with_a_hole() -> Value {
        json!({ "type": "FeatureCollection", "features": [
            { "properties": { "gb": "156411602" }, "geometry": { "type": "MultiPolygon", "coordinates": [
                [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]], [[4, 4], [6, 4], [6, 6], [4, 6], [4, 4]]],
                [[[20, 0], [21, 0], [21, 1], [20, 1], [20, 0]]],
            ] } },
            { "properties": { "gb": "156411603" }, "geometry": { "type": "Point", "coordinates": [1, 1] } },
            { "properties": { "gb": "4116" }, "geometry": { "type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1]]] } },
            { "properties": {}, "geometry": null },
        ] })
    }

    #[test]
    fn a_point_is_inside_a_part_and_outside_a_hole() {
        let outlines = outlines(&square_with_a_hole());
        assert_eq!(outlines.len(), 1);
        let outline = &outlines["411602"];
        let cases = [
            ((1.0, 1.0), true),
            ((5.0, 5.0), false),
            ((3.0, 4.0), true),
            ((20.5, 0.5), true),
            ((15.0, 0.5), false),
            ((-1.0, 0.0), false),
            ((11.0, 10.0), false),
        ];
        for (point, expected) in cases {
            assert_eq!(outline.contains(point), expected, "{point:?}");
        }
        assert_eq!(outline.bounds(), ((0.0, 0.0), (21.0, 10.0)));
    }

    #[test]
    fn any_json_gives_outlines_or_none() {
        for text in [
            "null",
            "[]",
            "{\"features\":[1]}",
            "{\"features\":[{\"properties\":{\"gb\":\"156411602\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[1]]]}}]}",
        ] {
            assert!(outlines(&serde_json::from_str(text).unwrap()).is_empty(), "{text}");
        }
    }
}
