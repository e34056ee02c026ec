//! Is it a transformation grid? Told from how a file begins.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// A format of grids that PROJ reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    GeoTiff,
    Ntv2,
    Gtx,
}

impl Kind {
    /// What a file is; none when it is no grid.
    pub fn of(path: &Path) -> io::Result<Option<Self>> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut head = vec![];
        (&mut file).take(40).read_to_end(&mut head)?;
        let is_called_gtx = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("gtx"));
        Ok(if is_tiff(&head, length) {
            Some(Self::GeoTiff)
        } else if is_ntv2(&head) {
            Some(Self::Ntv2)
        } else if is_called_gtx && is_gtx(&head, length) {
            Some(Self::Gtx)
        } else {
            None
        })
    }

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::GeoTiff => "GeoTIFF",
            Self::Ntv2 => "NTv2",
            Self::Gtx => "GTX",
        }
    }
}

/// The bytes at `at`.
fn part<const N: usize>(head: &[u8], at: usize) -> Option<[u8; N]> {
    head.get(at..at + N)?.try_into().ok()
}

/// A TIFF, or a BigTIFF, whose first directory is within the file.
fn is_tiff(head: &[u8], length: u64) -> bool {
    let directory = match part(head, 0) {
        Some([b'I', b'I', 42, 0]) => part(head, 4).map(|at| u64::from(u32::from_le_bytes(at))),
        Some([b'M', b'M', 0, 42]) => part(head, 4).map(|at| u64::from(u32::from_be_bytes(at))),
        Some([b'I', b'I', 43, 0]) if part(head, 4) == Some([8, 0, 0, 0]) => part(head, 8).map(u64::from_le_bytes),
        Some([b'M', b'M', 0, 43]) if part(head, 4) == Some([0, 8, 0, 0]) => part(head, 8).map(u64::from_be_bytes),
        _ => None,
    };
    directory.is_some_and(|at| (8..length).contains(&at))
}

/// Eleven records of the overview first, in either order of bytes.
fn is_ntv2(head: &[u8]) -> bool {
    let count = part(head, 8).is_some_and(|count| u32::from_le_bytes(count) == 11 || u32::from_be_bytes(count) == 11);
    head.starts_with(b"NUM_OREC") && count && head.get(16..24) == Some(b"NUM_SREC")
}

/// GTX has no name of its own in it: its corner, its steps and its size have to make sense.
fn is_gtx(head: &[u8], length: u64) -> bool {
    let degrees = |at| part(head, at).map(f64::from_be_bytes);
    let count = |at| part(head, at).map(i32::from_be_bytes).and_then(|count| u64::try_from(count).ok());
    let (Some(south), Some(west), Some(rows), Some(columns)) = (degrees(0), degrees(8), count(32), count(36)) else {
        return false;
    };
    let steps_up = [16, 24].into_iter().all(|at| degrees(at).is_some_and(|step| step > 0.0 && step < 90.0));
    let is_on_earth = (-90.0..=90.0).contains(&south) && (-360.0..=360.0).contains(&west);
    steps_up && is_on_earth && rows > 0 && columns > 0 && length == 40 + 4 * rows * columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, bytes: &[u8]) -> Option<Kind> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Kind::of(&path).unwrap()
    }

    fn gtx(rows: i32, columns: i32, values: usize) -> Vec<u8> {
        let corner = [-90.0_f64, -180.0, 1.0, 1.0].iter().flat_map(|degrees| degrees.to_be_bytes());
        let size = [rows, columns].into_iter().flat_map(i32::to_be_bytes);
        corner.chain(size).chain(std::iter::repeat_n(0, 4 * values)).collect()
    }

    #[test]
    fn grids_are_known_by_how_they_begin() {
        assert_eq!(kind("a", b"II*\0\x08\0\0\0more"), Some(Kind::GeoTiff));
        assert_eq!(kind("a", b"MM\0*\0\0\0\x08more"), Some(Kind::GeoTiff));
        assert_eq!(kind("a", b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0more"), Some(Kind::GeoTiff));
        assert_eq!(kind("a", b"NUM_OREC\x0b\0\0\0\0\0\0\0NUM_SREC"), Some(Kind::Ntv2));
        assert_eq!(kind("a", b"NUM_OREC\0\0\0\x0b\0\0\0\0NUM_SREC"), Some(Kind::Ntv2));
        assert_eq!(kind("a.GTX", &gtx(2, 3, 6)), Some(Kind::Gtx));
    }

    #[test]
    fn what_only_is_called_a_grid_is_none() {
        assert_eq!(kind("a.tif", b""), None);
        assert_eq!(kind("a.tif", b"<html>not found</html>"), None);
        assert_eq!(kind("a.tif", b"II*\0\xff\0\0\0more"), None, "its directory is behind its end");
        assert_eq!(kind("a.gsb", b"NUM_OREC\x0c\0\0\0\0\0\0\0NUM_SREC"), None);
        assert_eq!(kind("a.gtx", &gtx(2, 3, 5)), None, "it is cut off");
        assert_eq!(kind("a.gtx", &gtx(-2, -3, 6)), None);
        assert_eq!(kind("a.bin", &gtx(2, 3, 6)), None, "nothing says that it is one");
    }
}
