"""The queue port and its Azure Storage adapter."""
