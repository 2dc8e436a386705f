"""The REST API at /api/v1/, one module a room; each is thin: who asks, one call to the room's door, a schema out."""
