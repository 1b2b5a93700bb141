"""Draws the dashboards with Grafana's own components, from a fleet that lives for some minutes.

`python -m tests.dashboards.pictures --to FOLDER`. Needs npm, and Chromium, which is installed where
it is missing and apt is there. Nothing but the installs leaves the machine.
"""
