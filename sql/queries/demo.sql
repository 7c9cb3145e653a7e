-- The invented brands of the demo, whose visibility is rated.

-- name: brands
SELECT r.id FROM register_tenants($1::text[]) AS r WHERE NOT r.ambiguous ORDER BY r.given;

-- name: label
-- So that every console shows what these are.
UPDATE tenants t SET metadata = t.metadata || '{"demo": true}'
 WHERE t.name = ANY ($1::text[]) AND NOT t.metadata ? 'demo';

-- name: signals
INSERT INTO aiv_raw_signals (tenant_id, date, seo, aeo, geo, ugc, geolocal, source)
SELECT w.tenant_id, CURRENT_DATE - w.ago, w.seo, w.aeo, w.geo, w.ugc, w.geolocal, 'demo: invented'
  FROM unnest($1::uuid[], $2::int[], $3::float8[], $4::float8[], $5::float8[], $6::float8[], $7::float8[])
    AS w (tenant_id, ago, seo, aeo, geo, ugc, geolocal)
ON CONFLICT (tenant_id, date) DO UPDATE
   SET seo = excluded.seo, aeo = excluded.aeo, geo = excluded.geo, ugc = excluded.ugc, geolocal = excluded.geolocal;

-- name: other_tenants
-- An invented town must not move into a database that real tenants live in.
SELECT count(*) FROM tenants t WHERE t.name <> ALL ($1::text[]);
