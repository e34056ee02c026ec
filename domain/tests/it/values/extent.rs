use fieldlog_domain::resource::Extent;
use proptest::prelude::*;

const BOX: Extent = Extent { west: 7.0, south: 46.0, east: 8.5, north: 47.25 };

#[test]
fn the_box_around_a_polygon_is_found() {
    for wkt in [
        "Polygon ((7 46, 8.5 46, 8.5 47.25, 7 47.25, 7 46))",
        "POLYGON((7 46,8.5 46,8.5 47.25,7 47.25,7 46))",
        "  Polygon (( 7  46 ,8.5 47.25 ))\n",
        "Polygon ((7 46, 8.5 46, 8.5 47.25, 7 46),(7.5 46.5, 7.6 46.5, 7.5 46.5))",
    ] {
        assert_eq!(Extent::of_polygon_wkt(wkt), Some(BOX), "{wkt}");
    }
}

#[test]
fn what_is_no_polygon_has_no_box() {
    for wkt in [
        "",
        "Polygon",
        "Polygon EMPTY",
        "Polygon ()",
        "Polygon (())",
        "Point (7 46)",
        "7 46, 8 47",
        "Polygon 7 46",
        "Polygon ((7, 8))",
        "Polygon ((7 x))",
        "Polygon ((7 46, ))",
        "Polygon ((nan 46, 8 47))",
        "Polygon ((7 46, 8 inf))",
        "Polygon ((1e999 46, 8 47))",
        "PolygonZ ((7 46 1, 8 47 1))",
        "Polygon ((7 46 1, 8 47 1))",
    ] {
        assert_eq!(Extent::of_polygon_wkt(wkt), None, "{wkt}");
    }
}

#[test]
fn an_extent_is_finite_when_every_edge_is() {
    assert!(BOX.is_finite());
    assert!(!Extent { north: f64::NAN, ..BOX }.is_finite());
    assert!(!Extent { west: f64::INFINITY, ..BOX }.is_finite());
}

proptest! {
    #[test]
    fn every_point_is_inside_the_box(points in prop::collection::vec((-180.0..180.0_f64, -90.0..90.0_f64), 1..20)) {
        let ring: Vec<String> = points.iter().map(|(x, y)| format!("{x} {y}")).collect();
        let found = Extent::of_polygon_wkt(&format!("Polygon (({}))", ring.join(", "))).unwrap();
        for (x, y) in points {
            prop_assert!(found.west <= x && x <= found.east && found.south <= y && y <= found.north);
        }
    }

    #[test]
    fn whatever_qgis_writes_the_box_is_finite(text in "Polygon \\(\\([0-9 .,()eEinfa+-]{0,40}\\)\\)") {
        prop_assert!(Extent::of_polygon_wkt(&text).is_none_or(|found| found.is_finite()));
    }

    #[test]
    fn an_extent_written_is_read_exactly(edges in prop::array::uniform4(-180.0..180.0_f64)) {
        let [west, south, east, north] = edges;
        let extent = Extent { west, south, east, north };
        let found: Extent = serde_json::from_str(&serde_json::to_string(&extent).unwrap()).unwrap();
        prop_assert_eq!(found, extent);
    }
}
