"""The SDK: what a program uses to write records and to read them."""

from threadbook.client.client import Client, EmitResult

__all__ = ["Client", "EmitResult"]
