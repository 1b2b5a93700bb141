"""Intake of what 1NCE's Data Streamer sends: HTTP in front, `Intake` behind.

`server` listens; `door` decides each request: who may come in (`credentials`), how much of a body
is read (`body`), who is next (`turns`). On a standby `forwarding` hands requests on to the leader.
Nothing here reads records or keeps them: that is `intake.Intake`, which the engine implements.
"""
