CALL add_constraint('aoer_model', 'aoer_model_risk_cdf_size', 'CHECK (cardinality(risk_cdf) = 49)');
CALL add_constraint('aoer_panels', 'aoer_panels_tenant_fkey', 'FOREIGN KEY (tenant_id) REFERENCES tenants (id)');
CALL add_constraint('aoer_probe_runs', 'aoer_probe_runs_tenant_fkey', 'FOREIGN KEY (tenant_id) REFERENCES tenants (id)');
CALL add_constraint('aoer_probe_runs', 'aoer_probe_runs_panel_fkey',
  'FOREIGN KEY (tenant_id, panel_version) REFERENCES aoer_panels (tenant_id, number)');
CALL add_constraint('aoer_probe_answers', 'aoer_probe_answers_run_fkey',
  'FOREIGN KEY (tenant_id, run_id) REFERENCES aoer_probe_runs (tenant_id, id)');
