-- name: called
-- Comparing lower(name) reads every tenant of the role, so it is only asked when no exact id, slug or name was found.
SELECT t.id, t.slug FROM tenants t
 WHERE t.id = ANY (coalesce(tenants_called($1, true, '{}'),
                            ARRAY(SELECT n.id FROM tenants n WHERE n.slug = lower($1) OR lower(n.name) = lower($1))))
 ORDER BY t.slug LIMIT 20

-- name: similar
SELECT t.slug FROM tenants t WHERE strpos(t.slug, lower($1)) > 0 OR strpos(lower(t.name), lower($1)) > 0
 ORDER BY t.slug LIMIT 5
