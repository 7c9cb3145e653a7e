CALL aoer_protect_all();

REVOKE EXECUTE ON PROCEDURE aoer_protect_table(regclass, name, text) FROM PUBLIC;
REVOKE EXECUTE ON PROCEDURE aoer_protect_all() FROM PUBLIC;
