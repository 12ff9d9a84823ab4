"""What records add up to: pure functions of records."""
