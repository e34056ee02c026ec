"""Deltas applied to PostgreSQL, in the tests.

Needs a server with PostGIS: FIELDLOG_TEST_POSTGRES is how libpq finds it, for example
`host=/run/postgresql dbname=gis user=gis`. Without it these tests are skipped.
"""

import os
import unittest
import uuid

import psycopg2

from .delta_jobs import DeltaCase

CONNECTION = os.environ.get("FIELDLOG_TEST_POSTGRES", "")

_TABLE = """
    CREATE TABLE {name} (
        id serial PRIMARY KEY, kind varchar(10) NOT NULL, age integer CHECK (age < 1000), small smallint,
        big bigint UNIQUE DEFERRABLE INITIALLY DEFERRED, ratio real, price numeric(8, 2), is_old boolean, planted date,
        seen timestamptz, clock time, data bytea, notes jsonb, tags text[], code uuid, made text DEFAULT 'here',
        twice integer GENERATED ALWAYS AS (age * 2) STORED, geom geometry(PointZ, 4326))
"""


@unittest.skipUnless(CONNECTION, "SKIPPED: FIELDLOG_TEST_POSTGRES names no server")
class PostgresCase(DeltaCase):
    """A project over a table of trees, with one in it."""

    def setUp(self):
        super().setUp()
        self.name = f"trees_{uuid.uuid4().hex}"
        self.connection = psycopg2.connect(CONNECTION)
        self.connection.autocommit = True
        self.addCleanup(self.connection.close)
        self.query(_TABLE.format(name=self.name))
        self.addCleanup(self.query, f"DROP TABLE {self.name}")
        self.query(f"INSERT INTO {self.name} (kind, age, big, geom) VALUES ('oak', 10, 1, 'SRID=4326;POINT Z (1 2 3)')")
        self.source = f'{CONNECTION} key=\'id\' srid=4326 type=PointZ table="public"."{self.name}" (geom)'
        self.make_project(self.source, provider="postgres")

    def query(self, text: str) -> list[tuple]:
        with self.connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall() if cursor.description else []

    def trees(self, columns: str) -> list[tuple]:
        return self.query(f"SELECT {columns} FROM {self.name} ORDER BY id")
