COMMENT ON TABLE tenants IS 'Who is rated and delivered for: a dealership or brand. Every other table carries its id first in the key.';
COMMENT ON COLUMN tenants.slug IS 'Short unique name for command lines and addresses; lower case, no spaces';
COMMENT ON COLUMN tenants.domains IS 'Web domains of the tenant: a cited address on one of them is our citation';
COMMENT ON COLUMN tenants.brand_terms IS 'Words that make a query navigational for this tenant';
COMMENT ON COLUMN tenants.time_zone IS 'IANA zone; daily statistics and "today" are days of this zone';
COMMENT ON COLUMN tenants.revenue_unit IS 'Unit of observed_rar: currency or a 0..100 rate; NULL until declared, and then revenue is not computable';
COMMENT ON COLUMN tenants.active IS 'False: kept for the record, no longer recomputed or dispatched';
COMMENT ON COLUMN tenants.version IS 'Counts updates; a writer that read an older one must read again';

COMMENT ON TABLE tenant_members IS 'Which database role may see or act for which tenant; the only source of access';
COMMENT ON COLUMN tenant_members.member IS 'Database login role (session_user)';
COMMENT ON COLUMN tenant_members.access IS 'viewer, operator or admin; each includes the ones before it';

COMMENT ON TABLE partition_policies IS 'Partitioned tables: period, partitions kept ahead, retention';
COMMENT ON COLUMN partition_policies.ahead IS 'Partitions that maintenance keeps after the current one';
COMMENT ON COLUMN partition_policies.retention IS 'Partitions that ended longer ago may be dropped; NULL keeps them for ever';

COMMENT ON TABLE audit_logs IS 'Append-only record of every act: who, from where, on what, before and after, why. Partitioned by month.';
COMMENT ON COLUMN audit_logs.tenant_id IS 'NULL for acts on the whole installation';
COMMENT ON COLUMN audit_logs.db_role IS 'session_user: the role that logged in, whatever it set afterwards';
COMMENT ON COLUMN audit_logs.os_user IS 'Operating system user as told by the client';
COMMENT ON COLUMN audit_logs.origin IS 'terminal, command_line, scheduler, or sql for a plain session';
COMMENT ON COLUMN audit_logs.before IS 'Changed columns only, as they were';
COMMENT ON COLUMN audit_logs.after IS 'Changed columns only, as they became';
COMMENT ON COLUMN audit_logs.request_id IS 'Ties together all rows of one act';
COMMENT ON COLUMN audit_logs.outcome IS 'done, already, conflict, gone, refused or failed';
