"""Backups of the history: what the chart's CronJob runs, and what a person runs to go back to one.

A SQLite file is copied while the console writes to it. PostgreSQL is dumped by its own program,
which is told where to by a file, so that no password is an argument of a process. Nothing here
migrates: a backup must not change what it copies.
"""
