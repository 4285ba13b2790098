"""Cosmos DB for NoSQL on the wire, with its documents in memory: what the tests, the benches and the samples talk to.

`service` speaks HTTP and injects faults, `documents` holds and changes, `sql` reads the dialect that the app's compiler writes,
`charges` says what a call costs. Where the service is strict, so is the double: see tests/contract/test_cosmos_double.py.
"""

from tests.fakes.cosmos.service import KEY, FakeCosmos, Fault

__all__ = ["KEY", "FakeCosmos", "Fault"]
