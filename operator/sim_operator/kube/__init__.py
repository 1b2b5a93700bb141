"""The edge to Kubernetes: what the operator reads there and writes back."""
