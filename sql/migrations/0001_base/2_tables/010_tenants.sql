CREATE TABLE IF NOT EXISTS tenants (
  id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  name         text        NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
  slug         text        NOT NULL CONSTRAINT tenants_slug_key UNIQUE
                           CHECK (slug = lower(slug) AND slug !~ '[[:space:]]' AND char_length(slug) BETWEEN 1 AND 200),
  domains      text[]      NOT NULL DEFAULT '{}',
  brand_terms  text[]      NOT NULL DEFAULT '{}',
  time_zone    text        NOT NULL DEFAULT 'UTC',
  revenue_unit text        CHECK (revenue_unit IN ('currency', 'rate')),
  settings     jsonb       NOT NULL DEFAULT '{}',
  active       boolean     NOT NULL DEFAULT true,
  metadata     jsonb       NOT NULL DEFAULT '{}',
  version      integer     NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL DEFAULT now(),
  updated_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS tenant_members (
  tenant_id  uuid        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
  member     name        NOT NULL,
  access     text        NOT NULL CHECK (access IN ('viewer', 'operator', 'admin')),
  granted_by name        NOT NULL DEFAULT session_user,
  metadata   jsonb       NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tenant_id, member)
);
