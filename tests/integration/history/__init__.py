"""The history on real databases: what is promised is promised of SQLite and PostgreSQL alike."""
