"""Isolation: nothing that a kernel sends to a page runs, or covers anything, in that page.

It stands where all messages of a kernel pass on their way to front ends: at the Jupyter server's
websockets. What is interactive is shown in frames of an origin of their own.
"""
