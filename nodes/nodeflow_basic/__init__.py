"""The basic pack: values, text, arithmetic, logic and switches."""
