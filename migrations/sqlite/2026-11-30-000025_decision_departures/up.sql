-- The event by which somebody lost an inquiry right before a decision about it, if that was the same step.
ALTER TABLE decisions ADD COLUMN departure_id BLOB;
UPDATE decisions SET departure_id = (
    SELECT lost.id FROM events AS decided
    JOIN events AS lost ON lost.subject_id = decided.subject_id AND lost.at = decided.at AND lost.id < decided.id
    WHERE decided.id = decisions.event_id
        AND lost.kind IN ('inquiry.declined', 'inquiry.released', 'inquiry.recycled')
    ORDER BY lost.id DESC LIMIT 1
) WHERE json_extract(detail, '$.departure') IS NOT NULL;
