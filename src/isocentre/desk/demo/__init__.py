"""The demo: made-up hospitals, people and scans, sent through the real way in."""
