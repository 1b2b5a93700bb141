"""From a running fleet to manifests that can be committed."""
