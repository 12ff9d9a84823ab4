"""Operations: what keeps a log alive over years. Nothing here prints; `cli/` does."""
