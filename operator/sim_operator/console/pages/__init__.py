"""The pages for people."""

from fastapi import APIRouter


def routers() -> tuple[APIRouter, ...]:
    """What the application includes beside the REST API."""
    return ()
