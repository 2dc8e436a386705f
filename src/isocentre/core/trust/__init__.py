"""What a hospital's PACS manager and network team are told of this system, made from its configuration and its code."""
