//! Which files mean something only together, by their names.

use crate::shared::FilePath;

/// What a file is to the main file that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// Half of the data: with the other half of another state it lies.
    Needed,
    /// What a database has not taken into itself yet, or would take back; it fits one state of the database alone.
    Journal,
    /// Made from the data, and can be made again; with other data it hides features.
    Index,
    /// Says how the data are to be read.
    Description,
}

/// Files of one kind: how the main file's name ends, and how those of the others do, in its place or after it.
struct Kind {
    mains: &'static [&'static str],
    instead: &'static [(&'static str, Part)],
    after: &'static [(&'static str, Part)],
}

use Part::{Description, Index, Journal, Needed};

const KINDS: &[Kind] = &[
    Kind {
        mains: &[".gpkg", ".sqlite", ".sqlite3", ".db", ".db3", ".sdb", ".s3db", ".spatialite", ".mbtiles"],
        instead: &[],
        after: &[("-wal", Journal), ("-shm", Journal), ("-journal", Journal), (".aux.xml", Description)],
    },
    Kind {
        mains: &[".shp"],
        instead: &[
            (".shx", Needed),
            (".dbf", Needed),
            (".sbn", Index),
            (".sbx", Index),
            (".qix", Index),
            (".fix", Index),
            (".fbn", Index),
            (".fbx", Index),
            (".ain", Index),
            (".aih", Index),
            (".ixs", Index),
            (".mxs", Index),
            (".idm", Index),
            (".ind", Index),
            (".prj", Description),
            (".cpg", Description),
            (".qpj", Description),
        ],
        after: &[(".xml", Description)],
    },
    Kind {
        mains: &[".tab"],
        instead: &[(".dat", Needed), (".map", Needed), (".id", Needed), (".ind", Needed)],
        after: &[],
    },
    Kind { mains: &[".mif"], instead: &[(".mid", Needed)], after: &[] },
    Kind { mains: &[".csv"], instead: &[(".csvt", Description), (".prj", Description)], after: &[] },
    Kind {
        mains: &[".tif", ".tiff"],
        instead: &[(".tfw", Description), (".tifw", Description), (".wld", Description), (".prj", Description)],
        after: &[(".aux.xml", Description), (".ovr", Index), (".msk", Needed)],
    },
    Kind {
        mains: &[".jpg", ".jpeg"],
        instead: &[(".jgw", Description), (".jpgw", Description), (".wld", Description), (".prj", Description)],
        after: &[(".aux.xml", Description), (".ovr", Index)],
    },
    Kind {
        mains: &[".png"],
        instead: &[(".pgw", Description), (".pngw", Description), (".wld", Description), (".prj", Description)],
        after: &[(".aux.xml", Description), (".ovr", Index)],
    },
];

impl FilePath {
    /// The names of the files that may belong to this one, and what they are to it; none when it is the main file of nothing.
    pub fn members(&self) -> Vec<(FilePath, Part)> {
        let name = self.as_str();
        let mut members = vec![];
        for kind in KINDS {
            let Some(stem) = kind.mains.iter().find_map(|ending| without(name, ending)) else { continue };
            let instead = kind.instead.iter().map(|(ending, part)| (format!("{stem}{ending}"), *part));
            let after = kind.after.iter().map(|(ending, part)| (format!("{name}{ending}"), *part));
            members.extend(instead.chain(after).filter_map(|(name, part)| Some((Self::try_new(&name).ok()?, part))));
        }
        members
    }

    /// The names of the main files to which this one may belong, and what it is to each.
    pub fn mains(&self) -> Vec<(FilePath, Part)> {
        let name = self.as_str();
        let mut mains = vec![];
        for kind in KINDS {
            let instead = kind.instead.iter().filter_map(|(ending, part)| Some((without(name, ending)?, *part)));
            for (stem, part) in instead {
                mains.extend(kind.mains.iter().map(|main| (format!("{stem}{main}"), part)));
            }
            for (main, part) in kind.after.iter().filter_map(|(ending, part)| Some((without(name, ending)?, *part))) {
                if kind.mains.iter().any(|ending| without(main, ending).is_some()) {
                    mains.push((main.to_owned(), part));
                }
            }
        }
        mains.into_iter().filter_map(|(name, part)| Some((Self::try_new(&name).ok()?, part))).collect()
    }
}

/// A name without its ending, in whatever case, if it has that and something before it.
fn without<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    let at = name.len().checked_sub(ending.len())?;
    let (stem, found) = (name.get(..at)?, name.get(at..)?);
    (found.eq_ignore_ascii_case(ending) && !stem.is_empty() && !stem.ends_with('/')).then_some(stem)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn path(name: &str) -> FilePath {
        FilePath::try_new(name).unwrap()
    }

    #[test]
    fn a_name_tells_what_it_belongs_to() {
        #[rustfmt::skip]
        let table: &[(&str, &[(&str, Part)])] = &[
            ("data/trees.gpkg-wal", &[("data/trees.gpkg", Journal)]),
            ("trees.gpkg-shm", &[("trees.gpkg", Journal)]),
            ("TREES.GPKG-JOURNAL", &[("TREES.GPKG", Journal)]),
            ("notes.sqlite-wal", &[("notes.sqlite", Journal)]),
            ("tiles.gpkg.aux.xml", &[("tiles.gpkg", Description)]),
            ("trees.gpkg", &[]),
            ("travel-journal", &[]),
            ("Bäume.dbf", &[("Bäume.shp", Needed)]),
            ("trees.SHX", &[("trees.shp", Needed)]),
            ("trees.qix", &[("trees.shp", Index)]),
            ("trees.sbn", &[("trees.shp", Index)]),
            ("trees.shp.xml", &[("trees.shp", Description)]),
            ("roads.map", &[("roads.tab", Needed)]),
            ("roads.ind", &[("roads.shp", Index), ("roads.tab", Needed)]),
            ("roads.mid", &[("roads.mif", Needed)]),
            ("photo.tif.ovr", &[("photo.tif", Index)]),
            ("photo.jgw", &[("photo.jpg", Description), ("photo.jpeg", Description)]),
            ("trees.qml", &[]),
            ("folder/.shx", &[]),
            ("notes.txt", &[]),
        ];
        for (name, mains) in table {
            let expected: Vec<_> = mains.iter().map(|(main, part)| (path(main), *part)).collect();
            assert_eq!(path(name).mains(), expected, "{name}");
        }
    }

    #[test]
    fn what_belongs_to_a_file_names_it_as_its_main_file() {
        for main in ["a/trees.gpkg", "trees.SHP", "roads.tab", "roads.mif", "list.csv", "photo.tif", "x.jpeg", "x.png"]
        {
            let main = path(main);
            let members = main.members();
            assert!(!members.is_empty(), "{main}");
            for (member, part) in members {
                let is_named =
                    member.mains().iter().any(|(found, as_part)| found.key() == main.key() && *as_part == part);
                assert!(is_named, "{member} of {main}");
            }
        }
        assert_eq!(path("notes.txt").members(), vec![]);
        assert_eq!(path("survey.qgz").members(), vec![]);
    }
}
