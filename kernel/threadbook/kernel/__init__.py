"""The traced kernel: an IPython kernel that keeps the record."""
