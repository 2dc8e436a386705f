"""How well was it de-identified: answers of ten kinds, judged on the output. Imports nothing of the engine it judges."""
