"""How Alembic is run here: on a connection that is handed over, never on a URL of its own."""
