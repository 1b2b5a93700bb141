"""Decisions: values in, values out, the time of day an argument."""
