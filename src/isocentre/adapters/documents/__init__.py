"""Documents that people print and keep."""
