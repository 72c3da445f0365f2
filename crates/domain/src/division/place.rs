//! Where a community lies.

/// Mean radius of the earth in metres (IUGG).
const EARTH_RADIUS: f64 = 6_371_008.8;

/// A place in degrees, in the GCJ-02 datum (国测局坐标): what WeChat gives (`wx.getLocation` with `gcj02`) and what maps
/// published in China draw. WGS-84 readings lie some hundred metres off and must be converted before they are imported.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    latitude: f64,
    longitude: f64,
}

/// Why two numbers are no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceError {
    /// Not finite, or beyond ±90 or ±180 degrees.
    NotOnEarth,
    /// Outside 3-54° north, 73-136° east; latitude and longitude may be swapped.
    OutsideChina,
}

impl Place {
    /// A place anywhere, e.g. where a resident stands.
    pub fn on_earth(latitude: f64, longitude: f64) -> Result<Self, PlaceError> {
        // A NaN is in no range.
        let sound = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        sound.then_some(Self { latitude, longitude }).ok_or(PlaceError::NotOnEarth)
    }

    /// A place inside the bounding box of China, as every community has it.
    pub fn in_china(latitude: f64, longitude: f64) -> Result<Self, PlaceError> {
        let place = Self::on_earth(latitude, longitude)?;
        let inside = (3.0..=54.0).contains(&latitude) && (73.0..=136.0).contains(&longitude);
        inside.then_some(place).ok_or(PlaceError::OutsideChina)
    }

    /// Degrees north.
    pub const fn latitude(self) -> f64 {
        self.latitude
    }

    /// Degrees east.
    pub const fn longitude(self) -> f64 {
        self.longitude
    }

    /// The place as a point on the unit sphere: of two points the one with the larger dot product is the nearer.
    pub fn unit_vector(self) -> [f64; 3] {
        let (latitude, longitude) = (self.latitude.to_radians(), self.longitude.to_radians());
        [latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]
    }

    /// Great-circle distance in metres (haversine).
    pub fn distance(self, other: Self) -> f64 {
        let half = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
        let cosines = self.latitude.to_radians().cos() * other.latitude.to_radians().cos();
        let chord = half(self.latitude, other.latitude) + cosines * half(self.longitude, other.longitude);
        2.0 * EARTH_RADIUS * chord.clamp(0.0, 1.0).sqrt().asin()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_place_is_on_earth_and_a_community_in_china() {
        assert_eq!(Place::on_earth(f64::NAN, 114.0), Err(PlaceError::NotOnEarth));
        assert_eq!(Place::on_earth(f64::INFINITY, 114.0), Err(PlaceError::NotOnEarth));
        assert_eq!(Place::on_earth(90.1, 0.0), Err(PlaceError::NotOnEarth));
        assert_eq!(Place::in_china(114.697, 33.626), Err(PlaceError::NotOnEarth));
        assert_eq!(Place::in_china(74.0, 33.0), Err(PlaceError::OutsideChina));
        assert!(Place::in_china(33.626, 114.697).is_ok());
        assert!(Place::in_china(4.0, 112.0).is_ok());
    }

    #[test]
    fn one_degree_north_is_about_111_195_metres() {
        let distance = Place::on_earth(33.0, 114.0).unwrap().distance(Place::on_earth(34.0, 114.0).unwrap());
        assert!((distance - 111_195.0).abs() < 1.0, "{distance}");
    }

    proptest! {
        #[test]
        fn the_dot_product_orders_as_the_distance_does(
            a in (-89.0..89.0f64, -179.0..179.0f64), b in (-89.0..89.0f64, -179.0..179.0f64), c in (-89.0..89.0f64, -179.0..179.0f64),
        ) {
            let [a, b, c] = [a, b, c].map(|(latitude, longitude)| Place::on_earth(latitude, longitude).unwrap());
            let dot = |p: Place, q: Place| p.unit_vector().iter().zip(q.unit_vector()).map(|(x, y)| x * y).sum::<f64>();
            let (to_b, to_c) = (a.distance(b), a.distance(c));
            prop_assume!((to_b - to_c).abs() > 10.0 && to_b.max(to_c) < 1.0e7);
            prop_assert_eq!(to_b < to_c, dot(a, b) > dot(a, c));
        }
    }
}
