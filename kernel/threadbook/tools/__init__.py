"""Tools: what code in a session can call, and what is known of it beforehand."""
