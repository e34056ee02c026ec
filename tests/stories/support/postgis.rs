//! A PostgreSQL with PostGIS that containers reach over a network.

use std::process::Command;

use super::network::Network;
use super::postgres::Postgres;
use super::script;

pub struct PostGis {
    server: Postgres,
    psql: String,
    /// How the containers find it: `host='…' port=…`.
    pub place: String,
}

impl PostGis {
    pub fn start_on(network: &Network) -> Self {
        let psql = format!("{}/psql", script("postgres", &["postgis"]));
        let server = Postgres::listening_on(&network.gateway);
        let place = format!("host='{}' port={}", network.gateway, server.port());
        let postgis = Self { server, psql, place };
        postgis.ask("CREATE EXTENSION postgis");
        postgis
    }

    /// Somebody who has to say who it is, and may do anything with the tables there are.
    pub fn let_in(&self, name: &str, password: &str) {
        self.ask(&format!("CREATE ROLE {name} LOGIN PASSWORD '{password}'"));
        for what in ["TABLES", "SEQUENCES"] {
            self.ask(&format!("GRANT ALL ON ALL {what} IN SCHEMA public TO {name}"));
        }
    }

    /// What statements answer: a line for each row, with `|` between columns.
    pub fn ask(&self, statements: &str) -> String {
        let options = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"];
        let mut psql = Command::new(&self.psql);
        let asked = psql.args(options).args(["--command", statements, &self.server.url]).output().unwrap();
        assert!(asked.status.success(), "{statements}: {}", String::from_utf8_lossy(&asked.stderr));
        String::from_utf8(asked.stdout).unwrap().trim_end().to_owned()
    }
}
