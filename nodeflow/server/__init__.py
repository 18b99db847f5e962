"""The HTTP server: graphs in, runs and events out. One module a noun."""
