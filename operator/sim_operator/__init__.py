"""Manage 1NCE IoT SIM cards declaratively, as Kubernetes resources."""
