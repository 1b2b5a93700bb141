"""Revisions of the schema, each frozen when it was released; Alembic finds them by their files."""
