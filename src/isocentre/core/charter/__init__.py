"""Imaging charters: what a research study asks of its scans, and whether a scan meets it (design §3.5)."""
