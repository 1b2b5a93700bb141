"""The demonstration: a real control plane, a simulated 1NCE, the operator, sixty SIMs."""
