CREATE INDEX IF NOT EXISTS tenants_name_idx ON tenants (name);
CREATE INDEX IF NOT EXISTS tenant_members_member_idx ON tenant_members (member, tenant_id);
CREATE INDEX IF NOT EXISTS audit_logs_at_idx ON audit_logs (at DESC);
CREATE INDEX IF NOT EXISTS audit_logs_object_idx ON audit_logs (tenant_id, object_type, object_id, at DESC);
