"""Durable runs: what was asked for, what came of it, and everything that was told, in one SQLite database."""
