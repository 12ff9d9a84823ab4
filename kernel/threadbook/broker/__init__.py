"""The broker: the trusted side of the namespaces, whatever process the cells run in."""
