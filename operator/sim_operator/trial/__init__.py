"""Trying a QuotaPolicy: what it would do now, and what it would have done. Nothing is written."""
