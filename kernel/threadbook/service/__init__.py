"""The record service: one log over HTTP. Level 5."""
