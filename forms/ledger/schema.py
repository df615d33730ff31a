"""The tables of ledger.sqlite: rows are added and never changed; what may be erased is the body of a person who asked.

Data only; imports nothing.
"""

from __future__ import annotations

VERSION = "ledger/1"

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE server (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, url TEXT NOT NULL, UNIQUE (kind, url)) STRICT;
CREATE TABLE pull (
  id INTEGER PRIMARY KEY, server_id INTEGER NOT NULL REFERENCES server, started TEXT NOT NULL, ended TEXT,
  cursor TEXT NOT NULL DEFAULT '', server_count INTEGER, local_count INTEGER,
  state TEXT NOT NULL CHECK (state IN ('running', 'complete', 'differs', 'failed')), note TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE received (
  n INTEGER PRIMARY KEY, instance_id TEXT NOT NULL, root_id TEXT NOT NULL, form_id TEXT NOT NULL, form_version TEXT NOT NULL,
  server_id INTEGER NOT NULL REFERENCES server, shape TEXT NOT NULL, received_at TEXT, pulled_at TEXT NOT NULL,
  pull_id INTEGER NOT NULL REFERENCES pull, round_kind TEXT NOT NULL, sha256 TEXT NOT NULL, body BLOB,
  UNIQUE (instance_id, shape, sha256)) STRICT;
CREATE INDEX received_root ON received (root_id);
CREATE TABLE attachment (
  instance_id TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT NOT NULL, body BLOB, pull_id INTEGER NOT NULL REFERENCES pull,
  PRIMARY KEY (instance_id, name, sha256)) STRICT;
CREATE TABLE edit (
  root_id TEXT NOT NULL, instance_id TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (root_id, instance_id)) STRICT;
CREATE TABLE standing (
  n INTEGER PRIMARY KEY, root_id TEXT NOT NULL, review TEXT, deleted_at TEXT, updated_at TEXT, edits INTEGER,
  seen_at TEXT NOT NULL, pull_id INTEGER NOT NULL REFERENCES pull) STRICT;
CREATE INDEX standing_root ON standing (root_id);
CREATE TABLE refused (
  n INTEGER PRIMARY KEY, instance_id TEXT NOT NULL, code TEXT NOT NULL, seen_at TEXT NOT NULL, pull_id INTEGER NOT NULL) STRICT;
CREATE TABLE erased (root_id TEXT PRIMARY KEY, time TEXT NOT NULL, request TEXT NOT NULL) STRICT;

CREATE VIEW submission AS
  SELECT r.instance_id, r.root_id, r.form_id, r.form_version, r.server_id, r.received_at, r.pulled_at, r.sha256, r.body,
         s.review, s.deleted_at
  FROM received r LEFT JOIN standing s ON s.n = (SELECT max(n) FROM standing t WHERE t.root_id = r.root_id)
  WHERE r.n = (SELECT min(n) FROM received f WHERE f.instance_id = r.instance_id);

CREATE TRIGGER received_kept BEFORE UPDATE ON received
  WHEN NEW.body IS NOT NULL OR NOT EXISTS (SELECT 1 FROM erased e WHERE e.root_id = OLD.root_id)
  BEGIN SELECT RAISE(ABORT, 'nothing received is changed'); END;
CREATE TRIGGER received_stays BEFORE DELETE ON received BEGIN SELECT RAISE(ABORT, 'nothing received is removed'); END;
CREATE TRIGGER received_kind BEFORE INSERT ON received
  WHEN NEW.round_kind <> (SELECT value FROM meta WHERE key = 'kind')
  BEGIN SELECT RAISE(ABORT, 'practice and real do not mix'); END;
CREATE TRIGGER standing_kept BEFORE UPDATE ON standing BEGIN SELECT RAISE(ABORT, 'nothing seen is changed'); END;
CREATE TRIGGER standing_stays BEFORE DELETE ON standing BEGIN SELECT RAISE(ABORT, 'nothing seen is removed'); END;
CREATE TRIGGER edit_kept BEFORE UPDATE ON edit BEGIN SELECT RAISE(ABORT, 'nothing seen is changed'); END;
CREATE TRIGGER edit_stays BEFORE DELETE ON edit BEGIN SELECT RAISE(ABORT, 'nothing seen is removed'); END;
"""
