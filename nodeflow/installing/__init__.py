"""Installing plugins by pip: shown before it is done, refused where it would harm nodeflow itself, locked."""
