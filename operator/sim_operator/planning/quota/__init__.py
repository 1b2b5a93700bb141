"""Quotas of groups of SIMs: what was used, what a policy decides, what will be used."""
