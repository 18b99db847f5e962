"""Runs carried out by child processes that may die at any moment, and the service around them."""
