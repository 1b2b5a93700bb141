"""The resources of `sim-operator.io/v1alpha1`: their names, models and generated CRDs."""
