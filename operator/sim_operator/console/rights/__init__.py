"""Who calls, and what they may see and do: decided by the API server, never here.

The console has no users and no roles of its own.
"""
