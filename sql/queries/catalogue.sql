-- name: enter
-- Names come out qualified when only the system's schema is searched.
SELECT set_config('search_path', 'pg_catalog', true)

-- name: snapshot
-- Every object of the given schemas as (kind, identity, definition), comparable as text. Left out: what belongs to an
-- extension, and partitions with all that they inherit, which come and go with the calendar.
WITH spaces AS (
    SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname = ANY ($1::text[])
), relations AS (
    SELECT c.*, s.nspname || '.' || c.relname AS name,
           CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                          WHEN 'f' THEN 'foreign table' WHEN 'c' THEN 'type' ELSE 'table' END AS what
    FROM pg_class c
    JOIN spaces s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') AND NOT c.relispartition
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), routines AS (
    SELECT p.*, s.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name
    FROM pg_proc p
    JOIN spaces s ON s.oid = p.pronamespace
    WHERE NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
), types AS (
    SELECT t.*, s.nspname || '.' || t.typname AS name
    FROM pg_type t
    JOIN spaces s ON s.oid = t.typnamespace
    WHERE t.typtype IN ('e', 'd', 'r')
      AND NOT EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
), owned AS (
    SELECT what || ' ' || name AS object, relowner AS owner,
           CASE WHEN relkind <> 'c'
                THEN coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))
           END AS acl
    FROM relations
    UNION ALL SELECT 'function ' || name, proowner, coalesce(proacl, acldefault('f', proowner)) FROM routines
    UNION ALL SELECT 'type ' || name, typowner, coalesce(typacl, acldefault('T', typowner)) FROM types
    UNION ALL SELECT 'schema ' || nspname, NULL, coalesce(nspacl, acldefault('n', nspowner)) FROM spaces
    UNION ALL SELECT 'column ' || r.name || '.' || a.attname, NULL, a.attacl
              FROM relations r JOIN pg_attribute a ON a.attrelid = r.oid WHERE a.attacl IS NOT NULL
)
SELECT what AS kind, name AS identity,
       concat_ws(' ',
                 CASE relpersistence WHEN 'u' THEN 'unlogged' END,
                 CASE relkind WHEN 'v' THEN pg_get_viewdef(oid) WHEN 'm' THEN pg_get_viewdef(oid)
                              WHEN 'p' THEN 'partition by ' || pg_get_partkeydef(oid)
                              WHEN 'S' THEN (SELECT format('as %s start %s increment %s min %s max %s cache %s%s',
                                                           format_type(q.seqtypid, NULL), q.seqstart, q.seqincrement,
                                                           q.seqmin, q.seqmax, q.seqcache,
                                                           CASE WHEN q.seqcycle THEN ' cycle' END)
                                             FROM pg_sequence q WHERE q.seqrelid = relations.oid) END,
                 'with (' || array_to_string(ARRAY(SELECT o FROM unnest(reloptions) o ORDER BY o), ', ') || ')'
       ) AS definition
FROM relations
UNION ALL
SELECT 'column', r.name || '.' || a.attname,
       concat_ws(' ', format_type(a.atttypid, a.atttypmod),
                 CASE WHEN a.attcollation <> t.typcollation THEN 'collate ' || a.attcollation::regcollation END,
                 CASE WHEN a.attnotnull THEN 'not null' END,
                 CASE a.attgenerated WHEN '' THEN 'default ' ELSE 'generated as ' END || pg_get_expr(d.adbin, d.adrelid),
                 CASE a.attidentity WHEN 'a' THEN 'identity always' WHEN 'd' THEN 'identity by default' END)
FROM relations r
JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE r.relkind IN ('r', 'p', 'f', 'c', 'v', 'm')
UNION ALL
SELECT 'index', r.name || ': ' || i.relname,
       pg_get_indexdef(x.indexrelid) || CASE WHEN NOT x.indisvalid THEN ' INVALID' ELSE '' END
FROM relations r
JOIN pg_index x ON x.indrelid = r.oid
JOIN pg_class i ON i.oid = x.indexrelid
UNION ALL
SELECT 'constraint', r.name || ': ' || c.conname, pg_get_constraintdef(c.oid)
FROM relations r
JOIN pg_constraint c ON c.conrelid = r.oid
-- Not-null constraints have rows of their own since 18; columns tell about them already. A foreign key to a partitioned
-- table has one hidden child a partition.
WHERE c.contype IN ('c', 'f', 'p', 'u', 'x') AND c.conparentid = 0
UNION ALL
SELECT 'trigger', r.name || ': ' || t.tgname,
       pg_get_triggerdef(t.oid)
       || CASE t.tgenabled WHEN 'D' THEN ' DISABLED' WHEN 'R' THEN ' REPLICA' WHEN 'A' THEN ' ALWAYS' ELSE '' END
FROM relations r
JOIN pg_trigger t ON t.tgrelid = r.oid
WHERE NOT t.tgisinternal
UNION ALL
SELECT 'rule', r.name || ': ' || w.rulename, pg_get_ruledef(w.oid)
FROM relations r
JOIN pg_rewrite w ON w.ev_class = r.oid AND w.rulename <> '_RETURN'
UNION ALL
SELECT 'policy', r.name || ': ' || p.polname,
       concat_ws(' ', CASE WHEN p.polpermissive THEN 'permissive' ELSE 'restrictive' END,
                 CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                               WHEN 'd' THEN 'delete' ELSE 'all' END,
                 'to ' || (SELECT string_agg(CASE WHEN o = 0 THEN 'public' ELSE o::regrole::text END, ', '
                                             ORDER BY CASE WHEN o = 0 THEN 'public' ELSE o::regrole::text END)
                           FROM unnest(p.polroles) o),
                 'using ' || pg_get_expr(p.polqual, p.polrelid), 'check ' || pg_get_expr(p.polwithcheck, p.polrelid))
FROM relations r
JOIN pg_policy p ON p.polrelid = r.oid
UNION ALL
SELECT 'row security', name,
       CASE WHEN relrowsecurity THEN 'enabled' ELSE 'off' END || CASE WHEN relforcerowsecurity THEN ', forced' ELSE '' END
FROM relations
WHERE relkind IN ('r', 'p')
UNION ALL
SELECT 'function', p.name,
       concat_ws(' ', CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window' END,
                 'returns ' || pg_get_function_result(p.oid), 'language ' || l.lanname,
                 CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
                 CASE p.proparallel WHEN 's' THEN 'parallel safe' WHEN 'r' THEN 'parallel restricted' END,
                 CASE WHEN p.proisstrict THEN 'strict' END, CASE WHEN p.prosecdef THEN 'security definer' END,
                 CASE WHEN p.proleakproof THEN 'leakproof' END,
                 'arguments (' || pg_get_function_arguments(p.oid) || ')',
                 'set ' || array_to_string(p.proconfig, ', '),
                 'body ' || left(encode(sha256(convert_to(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc), 'UTF8')), 'hex'), 32))
FROM routines p
JOIN pg_language l ON l.oid = p.prolang
UNION ALL
SELECT CASE typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' ELSE 'range' END, name,
       CASE typtype
           WHEN 'e' THEN (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                          FROM pg_enum e WHERE e.enumtypid = types.oid)
           WHEN 'd' THEN concat_ws(' ', format_type(typbasetype, typtypmod), CASE WHEN typnotnull THEN 'not null' END,
                                   'default ' || typdefault,
                                   (SELECT string_agg(c.conname || ' ' || pg_get_constraintdef(c.oid), ' ' ORDER BY c.conname)
                                    FROM pg_constraint c WHERE c.contypid = types.oid AND c.contype = 'c'))
       END
FROM types
UNION ALL
SELECT 'statistics', s.nspname || '.' || x.stxname, pg_get_statisticsobjdef(x.oid)
FROM pg_statistic_ext x
JOIN spaces s ON s.oid = x.stxnamespace
UNION ALL
SELECT 'extension', extname, 'installed' FROM pg_extension WHERE extname <> 'plpgsql'
UNION ALL
SELECT 'event trigger', evtname, evtevent || ' ' || evtfoid::regproc::text || ' ' || evtenabled::text FROM pg_event_trigger
UNION ALL
SELECT 'owner', object, owner::regrole::text FROM owned WHERE owner IS NOT NULL
UNION ALL
SELECT 'grants', object,
       coalesce((SELECT string_agg(who || ': ' || rights, '; ' ORDER BY who)
                 FROM (SELECT CASE WHEN x.grantee = 0 THEN 'public' ELSE x.grantee::regrole::text END AS who,
                              string_agg(lower(x.privilege_type)
                                         || CASE WHEN x.is_grantable THEN ' with grant option' ELSE '' END, ', '
                                         ORDER BY x.privilege_type) AS rights
                       FROM aclexplode(acl) x
                       -- The owner's own rights say nothing, and newer servers know more of them.
                       WHERE x.grantee IS DISTINCT FROM coalesce(owner, x.grantor) GROUP BY x.grantee) g), '')
FROM owned
WHERE acl IS NOT NULL
UNION ALL
SELECT 'server', 'major version', (current_setting('server_version_num')::int / 10000)::text

-- name: unprotected
-- Relations with a tenant's rows that somebody besides their owner may read or write, without row security, in a schema
-- where others have it. Partitions count when they can be reached past their parent.
SELECT s.nspname || '.' || c.relname AS name
FROM pg_class c
JOIN pg_namespace s ON s.oid = c.relnamespace
WHERE s.nspname = ANY ($1::text[]) AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
  AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped)
  AND EXISTS (SELECT FROM pg_policy)
  AND EXISTS (SELECT FROM aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x WHERE x.grantee <> c.relowner)
ORDER BY 1

-- name: may_create_database
SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user

-- name: create_scratch
CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'

-- name: drop_scratch
DROP DATABASE IF EXISTS {name} WITH (FORCE)

-- name: old_scratches
-- Left behind by a validation that was killed; the name ends in the second of its creation.
SELECT datname::text AS name
FROM pg_database
WHERE datname ~ '^aoer_validate_[0-9a-f]{8}_[0-9]+$'
  AND extract(epoch FROM now()) - split_part(datname, '_', 4)::bigint > 3600

-- name: epoch
SELECT extract(epoch FROM now())::bigint

-- name: read_recorded
SELECT kind, identity, definition FROM public.schema_catalogue

-- name: clear_recorded
DELETE FROM public.schema_catalogue

-- name: record
INSERT INTO public.schema_catalogue (kind, identity, definition)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
