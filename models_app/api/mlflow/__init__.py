"""MLflow's REST protocol, as its client speaks it."""
