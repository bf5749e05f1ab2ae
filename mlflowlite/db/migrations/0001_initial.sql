-- The whole of the first schema: tracking and registry.
--
-- One text for both databases; `mlflowlite.db.migrate` fills in the words in braces:
--   {identity}   an integer primary key that counts up and is never reused
--   {integer}    64-bit integer        {real}  64-bit float
--   {text}       text that compares by its UTF-8 bytes
--   {clustered}  keep the table's rows in its primary key (SQLite; PostgreSQL has no such thing)
--
-- Public ids (run_id, model_id, ...) are what clients see. Rows refer to each other by the integer
-- `id` of their row (columns ending in `_ref`), which keeps the big tables narrow.
-- Times are milliseconds since the epoch.

CREATE TABLE experiments (
    experiment_id {identity},
    name {text} NOT NULL UNIQUE,
    artifact_location {text} NOT NULL,
    lifecycle_stage {text} NOT NULL,
    creation_time {integer} NOT NULL,
    last_update_time {integer} NOT NULL
);
CREATE INDEX experiments_by_creation ON experiments (lifecycle_stage, creation_time DESC, experiment_id);

CREATE TABLE experiment_tags (
    experiment_id {integer} NOT NULL REFERENCES experiments ON DELETE CASCADE,
    key {text} NOT NULL,
    value {text} NOT NULL,
    PRIMARY KEY (experiment_id, key)
) {clustered};

-- The names of metrics, params and tags, once per experiment. A key_id so implies its experiment:
-- an index on (key_id, value) holds one experiment's values side by side, whatever the others hold.
CREATE TABLE keys (
    id {identity},
    experiment_id {integer} NOT NULL REFERENCES experiments ON DELETE CASCADE,
    name {text} NOT NULL,
    UNIQUE (experiment_id, name)
);

CREATE TABLE runs (
    id {identity},
    run_id {text} NOT NULL UNIQUE,
    experiment_id {integer} NOT NULL REFERENCES experiments ON DELETE CASCADE,
    run_name {text} NOT NULL,
    user_id {text} NOT NULL,
    status {integer} NOT NULL,
    start_time {integer} NOT NULL,
    end_time {integer},
    lifecycle_stage {text} NOT NULL,
    deleted_time {integer},
    artifact_uri {text} NOT NULL
);
CREATE INDEX runs_by_start ON runs (experiment_id, lifecycle_stage, start_time DESC, run_id);

CREATE TABLE params (
    run_ref {integer} NOT NULL REFERENCES runs ON DELETE CASCADE,
    key_id {integer} NOT NULL REFERENCES keys,
    value {text} NOT NULL,
    PRIMARY KEY (run_ref, key_id)
) {clustered};

CREATE TABLE tags (
    run_ref {integer} NOT NULL REFERENCES runs ON DELETE CASCADE,
    key_id {integer} NOT NULL REFERENCES keys,
    value {text} NOT NULL,
    PRIMARY KEY (run_ref, key_id)
) {clustered};

-- Every point ever logged. Its identity is the whole row; NaN is stored as value 0 with is_nan 1.
CREATE TABLE metrics (
    run_ref {integer} NOT NULL REFERENCES runs ON DELETE CASCADE,
    key_id {integer} NOT NULL REFERENCES keys,
    timestamp {integer} NOT NULL,
    step {integer} NOT NULL,
    value {real} NOT NULL,
    is_nan {integer} NOT NULL,
    PRIMARY KEY (run_ref, key_id, timestamp, step, value, is_nan)
) {clustered};

-- The point with the greatest (step, timestamp, value) of each metric: what runs show, filter and sort by.
CREATE TABLE latest_metrics (
    run_ref {integer} NOT NULL REFERENCES runs ON DELETE CASCADE,
    key_id {integer} NOT NULL REFERENCES keys,
    value {real} NOT NULL,
    is_nan {integer} NOT NULL,
    timestamp {integer} NOT NULL,
    step {integer} NOT NULL,
    PRIMARY KEY (run_ref, key_id)
) {clustered};
CREATE INDEX latest_metrics_by_value ON latest_metrics (key_id, is_nan, value, run_ref);

CREATE TABLE datasets (
    id {identity},
    experiment_id {integer} NOT NULL REFERENCES experiments ON DELETE CASCADE,
    name {text} NOT NULL,
    digest {text} NOT NULL,
    source_type {text} NOT NULL,
    source {text} NOT NULL,
    schema {text},
    profile {text},
    UNIQUE (experiment_id, name, digest)
);

CREATE TABLE inputs (
    run_ref {integer} NOT NULL REFERENCES runs ON DELETE CASCADE,
    dataset_ref {integer} NOT NULL REFERENCES datasets ON DELETE CASCADE,
    position {integer} NOT NULL,
    PRIMARY KEY (run_ref, dataset_ref)
) {clustered};

CREATE TABLE input_tags (
    run_ref {integer} NOT NULL,
    dataset_ref {integer} NOT NULL,
    key {text} NOT NULL,
    value {text} NOT NULL,
    PRIMARY KEY (run_ref, dataset_ref, key),
    FOREIGN KEY (run_ref, dataset_ref) REFERENCES inputs ON DELETE CASCADE
) {clustered};

-- Logged models that a run read, and those that it wrote. The ids are not checked, as upstream.
CREATE TABLE model_inputs (
    run_ref {integer} NOT NULL REFERENCES runs ON DELETE CASCADE,
    model_id {text} NOT NULL,
    PRIMARY KEY (run_ref, model_id)
) {clustered};

CREATE TABLE model_outputs (
    run_ref {integer} NOT NULL REFERENCES runs ON DELETE CASCADE,
    model_id {text} NOT NULL,
    step {integer} NOT NULL,
    PRIMARY KEY (run_ref, model_id)
) {clustered};

CREATE TABLE logged_models (
    id {identity},
    model_id {text} NOT NULL UNIQUE,
    experiment_id {integer} NOT NULL REFERENCES experiments ON DELETE CASCADE,
    name {text} NOT NULL,
    model_type {text} NOT NULL,
    source_run_id {text} NOT NULL,
    status {integer} NOT NULL,
    status_message {text},
    artifact_uri {text} NOT NULL,
    lifecycle_stage {text} NOT NULL,
    creation_timestamp_ms {integer} NOT NULL,
    last_updated_timestamp_ms {integer} NOT NULL
);
CREATE INDEX logged_models_by_creation
    ON logged_models (experiment_id, lifecycle_stage, creation_timestamp_ms DESC, model_id);
CREATE INDEX logged_models_by_name ON logged_models (experiment_id, name);

CREATE TABLE logged_model_params (
    model_ref {integer} NOT NULL REFERENCES logged_models ON DELETE CASCADE,
    key {text} NOT NULL,
    value {text} NOT NULL,
    PRIMARY KEY (model_ref, key)
) {clustered};

CREATE TABLE logged_model_tags (
    model_ref {integer} NOT NULL REFERENCES logged_models ON DELETE CASCADE,
    key {text} NOT NULL,
    value {text} NOT NULL,
    PRIMARY KEY (model_ref, key)
) {clustered};

CREATE TABLE logged_model_metrics (
    model_ref {integer} NOT NULL REFERENCES logged_models ON DELETE CASCADE,
    key {text} NOT NULL,
    timestamp {integer} NOT NULL,
    step {integer} NOT NULL,
    run_id {text} NOT NULL,
    value {real} NOT NULL,
    dataset_name {text},
    dataset_digest {text},
    PRIMARY KEY (model_ref, key, timestamp, step, run_id)
) {clustered};

-- last_version counts up only: a version's number is never given twice while the model lives.
CREATE TABLE registered_models (
    id {identity},
    name {text} NOT NULL UNIQUE,
    description {text},
    creation_timestamp {integer} NOT NULL,
    last_updated_timestamp {integer} NOT NULL,
    last_version {integer} NOT NULL DEFAULT 0
);

CREATE TABLE registered_model_tags (
    model_ref {integer} NOT NULL REFERENCES registered_models ON DELETE CASCADE,
    key {text} NOT NULL,
    value {text} NOT NULL,
    PRIMARY KEY (model_ref, key)
) {clustered};

CREATE TABLE model_versions (
    id {identity},
    model_ref {integer} NOT NULL REFERENCES registered_models ON DELETE CASCADE,
    version {integer} NOT NULL,
    description {text} NOT NULL,
    source {text} NOT NULL,
    storage_location {text} NOT NULL,
    run_id {text} NOT NULL,
    run_link {text} NOT NULL,
    model_id {text} NOT NULL,
    current_stage {text} NOT NULL,
    status {integer} NOT NULL,
    status_message {text},
    creation_timestamp {integer} NOT NULL,
    last_updated_timestamp {integer} NOT NULL,
    UNIQUE (model_ref, version)
);
CREATE INDEX model_versions_by_stage ON model_versions (model_ref, current_stage, version);
CREATE INDEX model_versions_by_update ON model_versions (last_updated_timestamp DESC);
CREATE INDEX model_versions_by_run ON model_versions (run_id);

CREATE TABLE model_version_tags (
    version_ref {integer} NOT NULL REFERENCES model_versions ON DELETE CASCADE,
    key {text} NOT NULL,
    value {text} NOT NULL,
    PRIMARY KEY (version_ref, key)
) {clustered};

CREATE TABLE registered_model_aliases (
    model_ref {integer} NOT NULL REFERENCES registered_models ON DELETE CASCADE,
    alias {text} NOT NULL,
    version {integer} NOT NULL,
    PRIMARY KEY (model_ref, alias),
    FOREIGN KEY (model_ref, version) REFERENCES model_versions (model_ref, version) ON DELETE CASCADE
) {clustered};

CREATE TABLE webhooks (
    id {identity},
    webhook_id {text} NOT NULL UNIQUE,
    name {text} NOT NULL,
    description {text},
    url {text} NOT NULL,
    status {integer} NOT NULL,
    encrypted_secret {text},
    creation_timestamp {integer} NOT NULL,
    last_updated_timestamp {integer} NOT NULL,
    deleted_timestamp {integer}
);

CREATE TABLE webhook_events (
    webhook_ref {integer} NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    entity {text} NOT NULL,
    action {text} NOT NULL,
    PRIMARY KEY (webhook_ref, entity, action)
) {clustered};
CREATE INDEX webhook_events_by_event ON webhook_events (entity, action);
