-- Texts of the chain are now cut where they enter. This cuts those that entered before.
CREATE FUNCTION pg_temp.cut(value jsonb, most int) RETURNS jsonb LANGUAGE sql AS $$
  SELECT CASE
    WHEN jsonb_typeof(value) = 'string' AND length(value #>> '{}') > most
      THEN to_jsonb(left(value #>> '{}', most - 1) || '…')
    WHEN jsonb_typeof(value) = 'array' THEN (
      SELECT coalesce(jsonb_agg(pg_temp.cut(item, most) ORDER BY number), '[]')
      FROM jsonb_array_elements(value) WITH ORDINALITY AS items (item, number)
    )
    ELSE value
  END
$$;

UPDATE "Event" e SET data = cut.data, "updatedAt" = now()
FROM (
  SELECT id, type, (
    SELECT coalesce(jsonb_object_agg(key, pg_temp.cut(
      value, CASE WHEN key IN ('author', 'creator', 'voter', 'applicant', 'worker', 'lead', 'hired') THEN 100 ELSE 300 END
    )), '{}')
    FROM jsonb_each(data)
  ) AS data
  FROM "Event"
  WHERE jsonb_typeof(data) = 'object' AND length(data::text) > 100
) cut
WHERE e.id = cut.id AND e.type = cut.type AND e.data <> cut.data;

UPDATE "SetAsideEvent" s SET "row" = cut."row", "updatedAt" = now()
FROM (
  SELECT id, type, (SELECT coalesce(jsonb_object_agg(key, pg_temp.cut(value, 65536)), '{}') FROM jsonb_each("row")) AS "row"
  FROM "SetAsideEvent"
  WHERE jsonb_typeof("row") = 'object' AND length("row"::text) > 65536
) cut
WHERE s.id = cut.id AND s.type = cut.type AND s."row" <> cut."row";

DROP FUNCTION pg_temp.cut(jsonb, int);
