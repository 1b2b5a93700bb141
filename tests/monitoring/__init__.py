"""Metrics as Prometheus sees them: alerts and rules, in Prometheus itself."""
