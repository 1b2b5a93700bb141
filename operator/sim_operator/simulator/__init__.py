"""A faithful 1NCE to try, test and demonstrate against: living devices, faults on demand.

The map of the package, from the outside in:

- ``server``: ``build_app`` and ``serve``, which the command line calls.
  ``connections`` lets a fault cut a TCP connection.
- ``gateway``: what stands before every call, as 1NCE's does: bearer token (``tokens``), rate limit
  (``ratelimit``), faults (``faults``, ``distortion``), journal (``journal``). ``operations`` names
  the call, ``call`` carries what is known about it to the route.
- ``routes_*``: the calls of both versions, thin. ``parameters`` reads queries and bodies,
  ``replies`` writes bodies and errors, ``shapes_v1``, ``shapes_v2`` and ``shapes_network`` are the
  only places that know the names of 1NCE's fields.
- ``updates``: what a write does to a SIM; ``money``: orders, top-ups, extensions.
- ``world``: one simulated 1NCE: customers, their fleets, tokens, limits, journal; ``deferred``
  holds what was accepted and is applied later.
- ``fleet``: the SIMs of one customer; ``state``: what a call or a person can change of one SIM.
- ``identity``, ``traffic``, ``metering``, ``sessions``, ``events``: the life of a device as pure
  functions of seed, ICCID and time. Nothing is stored for a SIM that nobody touched, so that a
  hundred thousand of them start at once and the same seed gives the same answers at the same time.
- ``clock``: simulated time; it may run faster, stand still, or be moved, and never runs backwards.
- ``streams``: the Data Streamer. ``recording`` turns consumption into usage records, ``streaming``
  finds what is new, ``shapes_stream`` writes it in both shapes, ``delivery`` sends it.
- ``control``, ``control_sims`` and ``control_streams``: ``/_control/*``, the hand of the person who
  tests.

Where 1NCE's documents are silent, the simulator decides and says so here: a page or page size
out of range is a 400; a path takes the 19-digit ICCID only (20 digits: 404, unless the quirk
``luhn_paths``); a SIM of another customer is a 403, an unknown one a 404, in both versions; a
``null`` in an update is a 400; refused calls (429) do not count against the rate limit;
an update with an unknown attribute is a 400; a monthly limit with id 0 lifts the limit; token
lifetimes, rate limits, delays of faults and pauses of a refused stream are real seconds, all
else is simulated time; each usage stream writes records of its own, so that two of them for one
customer tell the same use twice under different ids.

Every twentieth SIM is odd in the same way, counted by its place in the list (from 0): 5 has its
IMEI locked, 7 was never attached (fields missing), 9 is Disabled, 11 has an empty label, 13 lacks
``iccid_with_luhn`` and the IMSIs, 17 was never attached (fields null), 19 has no label field.
"""
