"""QuotaPolicies at work: whom they select, what was used, what is decided, what is told."""
