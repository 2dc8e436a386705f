"""Sending on elsewhere: named destinations of a research study, copies they were sent, and what is asked back."""
