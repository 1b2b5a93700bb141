"""What kopf calls: a few lines each, no decision."""
