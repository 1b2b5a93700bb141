"""A laboratory for QuotaPolicies: the operator's own parts over a world of plain objects."""
