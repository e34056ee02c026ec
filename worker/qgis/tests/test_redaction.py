"""No credential leaves the container, in whatever spelling a data source carries it."""

import unittest

from fieldlog_qgis.redaction import redact, redact_all

SOURCES = (
    # what a source looks like, with the secrets HUNTER2 and WILMA in it
    "dbname='gis' host=db.example port=5432 user='WILMA' password='HUNTER2' key='fid' table=\"public\".\"wells\" (geom)",
    "dbname='gis' user='WILMA' password='it\\'s HUNTER2 too' sslmode=disable",
    "PG:host=db.example dbname=gis user=WILMA password=HUNTER2",
    "MSSQL:server=db;database=gis;UID=WILMA;PWD=HUNTER2;tables=wells",
    "service='gis' authcfg=HUNTER2 table=\"wells\"",
    "url=https://maps.example/wms&username=WILMA&password=HUNTER2&layers=a",
    "crs=EPSG:3857&type=xyz&url=https://tiles.example/%7Bz%7D/%7Bx%7D/%7By%7D.png?apikey=HUNTER2&zmax=19",
    "type=xyz&url=https://tiles.example/%7Bz%7D.png%3Faccess_token%3DHUNTER2%26style%3Da&zmin=0",
    "url=https://maps.example/ows?map=a&key=HUNTER2&layers=a",
    "url=https%3A%2F%2FWILMA%3AHUNTER2%40maps.example%2Fwms&layers=a",
    "https://WILMA:HUNTER2@maps.example/data.geojson",
    "postgresql://WILMA:HUNTER2@db.example/gis",
    "/vsicurl/https://bucket.example/a.tif?X-Amz-Credential=WILMA&X-Amz-Signature=HUNTER2",
    "/vsicurl/https://account.example/a.tif?sv=2024&sig=HUNTER2",
    "http-header:Authorization=Bearer HUNTER2&type=xyz&url=https://tiles.example",
    "Network error: Authorization: Basic HUNTER2==",
    'connection to "db" failed: password="HUNTER2" user="WILMA"',
    "client_secret=HUNTER2&token=HUNTER2",
    " * dbname='gis' user='WILMA' password=XXXXXXXX HUNTER2' key='fid' table=\"wells\"",
    "layer &quot;a&quot; password=&quot;HUNTER2&quot;",
)  # fmt: skip


class Redaction(unittest.TestCase):
    def test_every_known_spelling_of_a_credential_is_taken_out(self):
        for source in SOURCES:
            with self.subTest(source=source):
                redacted = redact(source)
                self.assertNotIn("HUNTER2", redacted)
                self.assertNotIn("WILMA", redacted)
                self.assertIn("***", redacted)

    def test_what_is_no_credential_stays_readable(self):
        redacted = redact(SOURCES[0])
        self.assertEqual(
            redacted,
            "dbname='gis' host=db.example port=5432 user='***' password='***' key='fid' table=\"public\".\"wells\" (geom)",
        )
        self.assertIn("zmax=19", redact(SOURCES[6]))
        self.assertIn("layers=a", redact(SOURCES[9]))

    def test_a_source_without_credentials_is_left_alone(self):
        for source in (
            "./bees.gpkg|layername=apiary",
            "crs=EPSG:3857&format&type=xyz&url=http://a.tile.openstreetmap.org/%7Bz%7D/%7Bx%7D/%7By%7D.png&zmax=19",
            "Keys and tokens: a user guide",
            "file:///data/points.csv?type=csv&xField=x&yField=y",
        ):
            self.assertEqual(redact(source), source)

    def test_redacting_twice_changes_nothing_more(self):
        for source in SOURCES:
            self.assertEqual(redact(redact(source)), redact(source))

    def test_texts_inside_lists_and_objects_are_redacted_too(self):
        value = {"layers": [{"datasource": "password=HUNTER2"}], "count": 3, "none": None}
        self.assertEqual(redact_all(value), {"layers": [{"datasource": "password=***"}], "count": 3, "none": None})
