"""The panel: a later release."""
