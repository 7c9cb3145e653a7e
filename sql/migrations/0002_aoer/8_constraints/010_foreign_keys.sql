-- aoer_queries, aiv_raw_signals, aoer_history and metrics_events take rows by the million and have none: the check would
-- cost each of them a lookup. Their writers take tenant ids from tenants, and a tenant is deactivated, not deleted.
CALL add_constraint('aoer_summary', 'aoer_summary_tenant_fkey', 'FOREIGN KEY (tenant_id) REFERENCES tenants (id)');
CALL add_constraint('aoer_failures', 'aoer_failures_tenant_fkey', 'FOREIGN KEY (tenant_id) REFERENCES tenants (id)');
CALL add_constraint('aoer_model', 'aoer_model_tenant_fkey', 'FOREIGN KEY (tenant_id) REFERENCES tenants (id)');
CALL add_constraint('aoer_predictions', 'aoer_predictions_tenant_fkey', 'FOREIGN KEY (tenant_id) REFERENCES tenants (id)');
