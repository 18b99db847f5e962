"""Plugins in processes of their own: for dependencies that contradict ours, and for code that may crash."""
