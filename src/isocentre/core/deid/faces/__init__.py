"""Faces in CT and MR of the head: which slices make a volume, and how a face is taken out of them (PS3.15 E.3.2)."""
