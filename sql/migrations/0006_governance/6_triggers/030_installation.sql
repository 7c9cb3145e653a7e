-- One rule, engine or cycle serves every tenant: an admin or operator of one of them must not stop it for the others.
CREATE OR REPLACE TRIGGER installation_only BEFORE INSERT OR UPDATE OR DELETE ON rate_limit_rules
  FOR EACH STATEMENT EXECUTE FUNCTION aoer_installation_only('rate limits');
CREATE OR REPLACE TRIGGER installation_only BEFORE INSERT OR UPDATE OR DELETE ON engine_control
  FOR EACH STATEMENT EXECUTE FUNCTION aoer_installation_only('engines');
CREATE OR REPLACE TRIGGER installation_only BEFORE INSERT OR UPDATE OR DELETE ON cycle_state
  FOR EACH STATEMENT EXECUTE FUNCTION aoer_installation_only('cycles');
CREATE OR REPLACE TRIGGER installation_only BEFORE INSERT OR UPDATE OR DELETE ON partition_policies
  FOR EACH STATEMENT EXECUTE FUNCTION aoer_installation_only('how long rows are kept');
