"""The tables of ledger.sqlite: rows are added and never changed; what may be erased is the body of a person who asked.

Data only; imports nothing.

`edit` says the order of the versions of a submission, newest statement last: a file may bring an old version after a new one.
`version` is what it comes to: every instance received, the submission it belongs to, and its place (0: as first sent).
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
  n INTEGER PRIMARY KEY, root_id TEXT NOT NULL, instance_id TEXT NOT NULL, seq INTEGER NOT NULL,
  pull_id INTEGER NOT NULL REFERENCES pull) STRICT;
CREATE INDEX edit_instance ON edit (instance_id);
CREATE INDEX edit_root ON edit (root_id);
CREATE TABLE standing (
  n INTEGER PRIMARY KEY, root_id TEXT NOT NULL, review TEXT, deleted_at TEXT, updated_at TEXT, edits INTEGER,
  seen_at TEXT NOT NULL, pull_id INTEGER NOT NULL REFERENCES pull) STRICT;
CREATE INDEX standing_root ON standing (root_id);
CREATE TABLE refused (
  n INTEGER PRIMARY KEY, instance_id TEXT NOT NULL UNIQUE, root_id TEXT NOT NULL, code TEXT NOT NULL, seen_at TEXT NOT NULL,
  pull_id INTEGER NOT NULL) STRICT;
CREATE TABLE erased (root_id TEXT PRIMARY KEY, time TEXT NOT NULL, request TEXT NOT NULL) STRICT;

CREATE VIEW version AS
  SELECT r.instance_id,
         coalesce((SELECT e.root_id FROM edit e WHERE e.instance_id = r.instance_id ORDER BY e.n DESC LIMIT 1), r.root_id)
           AS root_id,
         coalesce((SELECT e.seq FROM edit e WHERE e.instance_id = r.instance_id ORDER BY e.n DESC LIMIT 1), 0) AS seq,
         r.n AS first
  FROM received r WHERE r.n = (SELECT min(f.n) FROM received f WHERE f.instance_id = r.instance_id);
CREATE VIEW submission AS
  SELECT r.instance_id, v.root_id, r.form_id, r.form_version, r.server_id, r.received_at, r.pulled_at, r.sha256, r.body,
         s.review, s.deleted_at
  FROM version v JOIN received r ON r.n = v.first
  LEFT JOIN standing s ON s.n = (SELECT max(n) FROM standing t WHERE t.root_id = v.root_id);

CREATE TRIGGER meta_kept BEFORE UPDATE ON meta BEGIN SELECT RAISE(ABORT, 'a ledger stays the ledger of its round'); END;
CREATE TRIGGER meta_stays BEFORE DELETE ON meta BEGIN SELECT RAISE(ABORT, 'a ledger stays the ledger of its round'); END;
CREATE TRIGGER server_kept BEFORE UPDATE ON server BEGIN SELECT RAISE(ABORT, 'nothing received is changed'); END;
CREATE TRIGGER server_stays BEFORE DELETE ON server BEGIN SELECT RAISE(ABORT, 'nothing received is removed'); END;
CREATE TRIGGER pull_kept BEFORE UPDATE ON pull WHEN OLD.ended IS NOT NULL
  BEGIN SELECT RAISE(ABORT, 'a pull that has ended is not changed'); END;
CREATE TRIGGER pull_stays BEFORE DELETE ON pull BEGIN SELECT RAISE(ABORT, 'no pull is removed'); END;
CREATE TRIGGER received_kept BEFORE UPDATE ON received
  WHEN NEW.body IS NOT NULL OR NEW.n <> OLD.n OR NEW.instance_id <> OLD.instance_id OR NEW.root_id <> OLD.root_id
    OR NEW.form_version <> OLD.form_version OR NEW.received_at IS NOT OLD.received_at OR NEW.round_kind <> OLD.round_kind
    OR NOT EXISTS (SELECT 1 FROM erased e WHERE e.root_id IN
                   (OLD.root_id, (SELECT v.root_id FROM version v WHERE v.instance_id = OLD.instance_id)))
  BEGIN SELECT RAISE(ABORT, 'nothing received is changed'); END;
CREATE TRIGGER received_stays BEFORE DELETE ON received BEGIN SELECT RAISE(ABORT, 'nothing received is removed'); END;
CREATE TRIGGER received_kind BEFORE INSERT ON received
  WHEN NEW.round_kind <> (SELECT value FROM meta WHERE key = 'kind')
  BEGIN SELECT RAISE(ABORT, 'practice and real do not mix'); END;
CREATE TRIGGER attachment_kept BEFORE UPDATE ON attachment
  WHEN NEW.body IS NOT NULL OR NEW.instance_id <> OLD.instance_id OR NEW.name <> OLD.name
    OR NOT EXISTS (SELECT 1 FROM erased e WHERE e.root_id IN
                   (OLD.instance_id, (SELECT v.root_id FROM version v WHERE v.instance_id = OLD.instance_id)))
  BEGIN SELECT RAISE(ABORT, 'nothing received is changed'); END;
CREATE TRIGGER attachment_stays BEFORE DELETE ON attachment BEGIN SELECT RAISE(ABORT, 'nothing received is removed'); END;
CREATE TRIGGER standing_kept BEFORE UPDATE ON standing BEGIN SELECT RAISE(ABORT, 'nothing seen is changed'); END;
CREATE TRIGGER standing_stays BEFORE DELETE ON standing BEGIN SELECT RAISE(ABORT, 'nothing seen is removed'); END;
CREATE TRIGGER edit_kept BEFORE UPDATE ON edit BEGIN SELECT RAISE(ABORT, 'nothing seen is changed'); END;
CREATE TRIGGER edit_stays BEFORE DELETE ON edit BEGIN SELECT RAISE(ABORT, 'nothing seen is removed'); END;
CREATE TRIGGER refused_kept BEFORE UPDATE ON refused BEGIN SELECT RAISE(ABORT, 'nothing seen is changed'); END;
CREATE TRIGGER refused_stays BEFORE DELETE ON refused BEGIN SELECT RAISE(ABORT, 'nothing seen is removed'); END;
CREATE TRIGGER erased_kept BEFORE UPDATE ON erased BEGIN SELECT RAISE(ABORT, 'who was forgotten stays forgotten'); END;
CREATE TRIGGER erased_stays BEFORE DELETE ON erased BEGIN SELECT RAISE(ABORT, 'who was forgotten stays forgotten'); END;
"""
