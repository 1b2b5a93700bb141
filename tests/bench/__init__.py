"""Ratios: what the operator costs beside the least that its work can cost."""
