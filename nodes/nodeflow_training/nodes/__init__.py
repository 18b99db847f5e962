"""The nodes of training and of its lessons, a module for each family."""
