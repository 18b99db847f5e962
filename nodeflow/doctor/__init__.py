"""Whether an installation is sound: one check a part, each saying what it found and what would mend it."""
