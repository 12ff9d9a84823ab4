"""Adapters: what turns something callable into a tool; each imports its own framework."""
