-- One block of a tenant's hash chain. `ids`, `digests` and `moments` keep the leaves, so that verification can name the row, and
-- knows of a row that is gone whether retention may have taken it.
-- tenant_id is the nil uuid for acts on the whole installation.
CREATE TABLE IF NOT EXISTS audit_seals (
  tenant_id     uuid        NOT NULL,
  seq           bigint      NOT NULL CHECK (seq > 0),
  kind          text        NOT NULL DEFAULT 'rows' CHECK (kind IN ('rows', 'retention')),
  from_at       timestamptz NOT NULL,
  to_at         timestamptz NOT NULL,
  row_count     integer     NOT NULL CHECK (row_count = cardinality(ids) AND row_count = cardinality(digests)),
  ids           uuid[]      NOT NULL,
  digests       bytea[]     NOT NULL,
  moments       timestamptz[] NOT NULL CHECK (cardinality(moments) = cardinality(ids)),
  merkle_root   bytea       NOT NULL,
  previous_hash bytea       NOT NULL,
  hash          bytea       NOT NULL,
  sealed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  sealed_by     name        NOT NULL DEFAULT session_user,
  PRIMARY KEY (tenant_id, seq)
);

-- How far sealing has come: every transaction below the horizon is in some block.
CREATE TABLE IF NOT EXISTS audit_seal_horizon (
  single  boolean PRIMARY KEY DEFAULT true CHECK (single),
  horizon xid8    NOT NULL
);
