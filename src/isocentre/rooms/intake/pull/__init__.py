"""Fetching from a PACS: lists, what the PACS answered, series on their way, limits set by its manager."""
