"""HTTP servers in the event loop of the operator: `server` serves, `connections` are bounded."""

from sim_operator.serving.connections import Bounds
from sim_operator.serving.server import LoopServer, ServingError

__all__ = ["Bounds", "LoopServer", "ServingError"]
