"""What a PACS manager is told of this gateway: its conformance statement, a page to print, its connections."""
