"""For people without kubectl: a REST API and pages, each call made with the caller's own rights."""
