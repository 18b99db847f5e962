"""Pipeline folders of diffusers as nodes: load, encode, sample, decode."""
