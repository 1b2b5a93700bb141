"""Who a route works for."""

from typing import Annotated

from fastapi import Depends

from sim_operator.console.parts import Parts
from sim_operator.console.person import Person
from sim_operator.console.rights.gates import Known, Writing


async def reader(console: Parts, viewer: Known) -> Person:
    """Whoever reads."""
    return Person(console, viewer)


async def writer(console: Parts, viewer: Writing) -> Person:
    """Whoever changes something, and meant to."""
    return Person(console, viewer)


Caller = Annotated[Person, Depends(reader)]
Changer = Annotated[Person, Depends(writer)]
