"""Fetching scans from a PACS: what a list asks for, which scan a PACS means by it, which series, and at what hours."""
