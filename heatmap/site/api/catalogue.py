"""Every operation, in the order in which they are told of."""

from heatmap.site.api import addresses, checks, consents, keys, pictures, recordings, snapshots, users
from heatmap.site.api.operation import MARKED, Operation

_ORDER = [
    module.__name__ for module in (recordings, addresses, pictures, checks, snapshots, consents, users, keys)
]

OPERATIONS: list[Operation] = sorted(MARKED, key=lambda each: _ORDER.index(each.view.__module__))
