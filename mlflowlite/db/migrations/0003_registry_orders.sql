-- The orders in which searches show the versions of one model, and models by their last change.

CREATE INDEX model_versions_by_model_update ON model_versions (
    model_ref, last_updated_timestamp DESC, version DESC
);
CREATE INDEX registered_models_by_update ON registered_models (last_updated_timestamp DESC, name);
