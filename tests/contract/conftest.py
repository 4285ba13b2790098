"""The stores of the contract suite."""

from tests.stores import bench, cosmos

__all__ = ["bench", "cosmos"]
