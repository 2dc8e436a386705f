"""Whose number is it: what other systems say of a person's numbers, asked of a person here, and what they decided."""
