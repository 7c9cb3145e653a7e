-- What belongs to the installation and not to a tenant. Grants go to group roles, and an admin of one tenant has aoer_admin as
-- well, so policies ask whether the role works for every tenant.

-- How long rows are kept: an admin of one tenant must not shorten it for the others.
ALTER TABLE partition_policies ENABLE ROW LEVEL SECURITY;
ALTER TABLE partition_policies FORCE ROW LEVEL SECURITY;

-- Rate limits, engines and cycles: everybody sees them, and nobody locks or changes them for the others.
ALTER TABLE rate_limit_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE rate_limit_rules FORCE ROW LEVEL SECURITY;
ALTER TABLE engine_control ENABLE ROW LEVEL SECURITY;
ALTER TABLE engine_control FORCE ROW LEVEL SECURITY;
ALTER TABLE cycle_state ENABLE ROW LEVEL SECURITY;
ALTER TABLE cycle_state FORCE ROW LEVEL SECURITY;

-- Pauses of a tenant are named by its id and give a reason: only its members see them. An admin of a tenant holds back his own.
ALTER TABLE queue_controls ENABLE ROW LEVEL SECURITY;
ALTER TABLE queue_controls FORCE ROW LEVEL SECURITY;

-- Violations name users, addresses and tenants. Everybody sees his own role's, those of his tenants, and what has no name.
ALTER TABLE rate_limit_violations ENABLE ROW LEVEL SECURITY;
ALTER TABLE rate_limit_violations FORCE ROW LEVEL SECURITY;

DO $$
DECLARE
  p record;
BEGIN
  FOR p IN SELECT * FROM (VALUES
    ('partition_policies', 'everybody_reads', 'SELECT', 'PUBLIC', 'USING (true)'),
    ('rate_limit_rules', 'everybody_reads', 'SELECT', 'PUBLIC', 'USING (true)'),
    ('engine_control', 'everybody_reads', 'SELECT', 'PUBLIC', 'USING (true)'),
    ('cycle_state', 'everybody_reads', 'SELECT', 'PUBLIC', 'USING (true)'),
    ('queue_controls', 'tenant_read', 'SELECT', 'aoer_viewer',
     'USING (scope <> ''tenant'' OR key = ANY ((aoer_readable_tenants())::text[]))'),
    ('queue_controls', 'tenant_write', 'ALL', 'aoer_admin',
     'USING (scope = ''tenant'' AND key = ANY ((aoer_administered_tenants())::text[]))'
     ' WITH CHECK (scope = ''tenant'' AND key = ANY ((aoer_administered_tenants())::text[]))'),
    ('rate_limit_violations', 'own_read', 'SELECT', 'aoer_viewer',
     'USING (key IN (''*'', ''sessions'', session_user) OR key = ANY ((aoer_readable_tenants())::text[]))')
  ) AS v (relation, name, command, grantee, rule)
  UNION ALL
  SELECT r, n, 'ALL', n2, 'USING (true) WITH CHECK (true)'
    FROM unnest(ARRAY['partition_policies', 'rate_limit_rules', 'engine_control', 'cycle_state', 'queue_controls',
                     'rate_limit_violations']) AS r
    CROSS JOIN (VALUES ('all_tenants', 'aoer_all_tenants'), ('owner', 'aoer_owner')) AS o (n, n2)
  LOOP
    IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = p.relation::regclass AND polname = p.name) THEN
      EXECUTE format('CREATE POLICY %I ON %I FOR %s TO %s %s', p.name, p.relation, p.command, p.grantee, p.rule);
    END IF;
  END LOOP;
END
$$;
