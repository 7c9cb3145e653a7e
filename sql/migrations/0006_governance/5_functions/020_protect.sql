-- Row level security for one tenant-owned relation: enabled, forced, and the same policies everywhere.
-- Group roles are granted once for all tenants, so a policy must ask for the access in *this* tenant: somebody may be an admin
-- of one and a viewer of another. `p_writers` is 'administered' where only a tenant's admins write; deleting always needs one.
-- Called for every table with a tenant column, for every partition child, and again by each later version of the schema.
CREATE OR REPLACE PROCEDURE aoer_protect_table(p_table regclass, p_key name DEFAULT 'tenant_id', p_writers text DEFAULT 'operable')
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  policy record;
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', p_table);
  EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', p_table);
  FOR policy IN
    SELECT * FROM (VALUES
      ('tenant_read', 'SELECT', 'aoer_viewer',
       format('USING (%I = ANY (aoer_readable_tenants()))', p_key)),
      ('tenant_insert', 'INSERT', 'aoer_operator',
       format('WITH CHECK (%I = ANY (aoer_%s_tenants()))', p_key, p_writers)),
      ('tenant_update', 'UPDATE', 'aoer_operator',
       format('USING (%1$I = ANY (aoer_%2$s_tenants())) WITH CHECK (%1$I = ANY (aoer_%2$s_tenants()))', p_key, p_writers)),
      ('tenant_delete', 'DELETE', 'aoer_operator',
       format('USING (%I = ANY (aoer_administered_tenants()))', p_key)),
      ('all_tenants', 'ALL', 'aoer_all_tenants', 'USING (true) WITH CHECK (true)'),
      ('owner', 'ALL', 'aoer_owner', 'USING (true) WITH CHECK (true)')
    ) AS p (name, command, grantee, rule)
  LOOP
    IF NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = p_table AND polname = policy.name) THEN
      EXECUTE format('CREATE POLICY %I ON %s FOR %s TO %I %s', policy.name, p_table, policy.command, policy.grantee, policy.rule);
    END IF;
  END LOOP;
END
$$;

-- Every ordinary or partitioned table of the schema that has a tenant_id, children included, and tenants by its id.
CREATE OR REPLACE PROCEDURE aoer_protect_all()
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  relation regclass;
BEGIN
  CALL aoer_protect_table('public.tenants', 'id', 'administered');
  CALL aoer_protect_table('public.tenant_members', 'tenant_id', 'administered');
  FOR relation IN
    SELECT c.oid FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
       AND c.relname <> 'tenant_members'
     ORDER BY c.relname
  LOOP
    CALL aoer_protect_table(relation);
  END LOOP;
END
$$;
