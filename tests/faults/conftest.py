"""The stores of the fault tests."""

from tests.stores import bench, cosmos, cosmos_server

__all__ = ["bench", "cosmos", "cosmos_server"]
