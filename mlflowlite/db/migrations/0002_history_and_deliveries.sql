-- The history of the registry, and the deliveries of the webhooks.
-- The words in braces are explained at the top of 0001, but for
--   {now}        the time of the migration

-- One row for each change of a registered model, written in the transaction of the change and never
-- altered. `name` is the model's after the change. model_ref refers to no row: history outlives the model.
CREATE TABLE registry_changes (
    id {identity},
    model_ref {integer} NOT NULL,
    name {text} NOT NULL,
    version {integer},
    action {text} NOT NULL,
    key {text},
    old_value {text},
    new_value {text},
    user_name {text} NOT NULL,
    timestamp {integer} NOT NULL
);
-- A page of the history of a model, or of one of its versions, newest first.
CREATE INDEX registry_changes_by_model ON registry_changes (model_ref, id);
CREATE INDEX registry_changes_by_version ON registry_changes (model_ref, version, id)
    WHERE version IS NOT NULL;
-- Which version an alias named at a time; times stand in the index, so that passing by is cheap.
CREATE INDEX registry_changes_by_alias ON registry_changes (model_ref, key, id, timestamp)
    WHERE action IN ('SET_ALIAS', 'DELETE_ALIAS');
-- Which models had a name, and which names a model had: few changes tell.
CREATE INDEX registry_changes_by_name ON registry_changes (name, id, model_ref)
    WHERE version IS NULL AND action IN ('CREATE', 'RENAME', 'DELETE');
CREATE INDEX registry_changes_names_of_model ON registry_changes (model_ref, id, timestamp)
    WHERE version IS NULL AND action IN ('CREATE', 'RENAME', 'DELETE');

-- What was there before its history was kept starts with what it was at the time of the migration.
INSERT INTO registry_changes (model_ref, name, action, user_name, timestamp)
    SELECT id, name, 'CREATE', '', creation_timestamp FROM registered_models ORDER BY id;
INSERT INTO registry_changes (model_ref, name, version, action, user_name, timestamp)
    SELECT v.model_ref, m.name, v.version, 'CREATE', '', v.creation_timestamp
    FROM model_versions v JOIN registered_models m ON m.id = v.model_ref
    WHERE v.current_stage <> 'Deleted_Internal' ORDER BY v.id;
INSERT INTO registry_changes (model_ref, name, version, action, old_value, new_value, user_name, timestamp)
    SELECT v.model_ref, m.name, v.version, 'TRANSITION_STAGE', 'None', v.current_stage, '', {now}
    FROM model_versions v JOIN registered_models m ON m.id = v.model_ref
    WHERE v.current_stage NOT IN ('None', 'Deleted_Internal') ORDER BY v.id;
INSERT INTO registry_changes (model_ref, name, version, action, key, new_value, user_name, timestamp)
    SELECT a.model_ref, m.name, a.version, 'SET_ALIAS', a.alias, CAST(a.version AS TEXT), '', {now}
    FROM registered_model_aliases a JOIN registered_models m ON m.id = a.model_ref ORDER BY m.id, a.alias;

-- What webhooks are to be told, written in the transaction of the change (an outbox), and how that went.
-- due_timestamp: not to be tried before; a process that works on a delivery moves it ahead, so that no
-- other takes it up unless that process dies. NULL: done, for good or for bad.
CREATE TABLE webhook_deliveries (
    id {identity},
    delivery_id {text} NOT NULL UNIQUE,
    webhook_ref {integer} NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    entity {text} NOT NULL,
    action {text} NOT NULL,
    payload {text} NOT NULL,
    status {integer} NOT NULL,
    attempts {integer} NOT NULL,
    due_timestamp {integer},
    creation_timestamp {integer} NOT NULL,
    last_attempt_timestamp {integer},
    response_status {integer},
    last_error {text}
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_timestamp) WHERE due_timestamp IS NOT NULL;
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_ref, id);
CREATE INDEX webhook_deliveries_by_creation ON webhook_deliveries (creation_timestamp);
