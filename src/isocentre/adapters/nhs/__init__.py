"""Services of the NHS, as ports see them."""
