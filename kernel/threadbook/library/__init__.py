"""The library: workflows, artifacts and packages, kept as records."""
