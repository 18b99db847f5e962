"""What goes over the wire: the pydantic models that the server answers with and the client reads."""
