"""Isocentre: the platform on which imaging research in the NHS runs."""
