"""The stores of the contract suite."""

from tests.stores import bench, cosmos, cosmos_server

__all__ = ["bench", "cosmos", "cosmos_server"]
