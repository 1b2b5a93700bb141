"""Real databases for tests: PostgreSQL, and TimescaleDB as it runs without a package of a server.

Each listens on loopback only and ends with the process that started it.
"""
