"""Text burned into pictures: where it may be, what of it may stay, and how it is blacked out (PS3.15 E.3.1)."""
