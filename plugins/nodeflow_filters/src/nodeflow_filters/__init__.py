"""Classical image work as nodes: blurs, tones, edges, colour match, dither, morphology."""
