"""The dashboards: linted as files here, run against a real Prometheus, drawn by `pictures`."""
