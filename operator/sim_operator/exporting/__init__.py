"""Resources as clean manifests: a backup, a start in Git, a way into another cluster."""
