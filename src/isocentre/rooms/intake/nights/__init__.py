"""The nightly reconciliation: what one day came to, kept as a record, printed, and told by e-mail in counts alone."""
