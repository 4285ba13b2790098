"""The stores of the fault tests."""

from tests.stores import bench, cosmos

__all__ = ["bench", "cosmos"]
