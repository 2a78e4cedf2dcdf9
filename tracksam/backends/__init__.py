"""Back ends: the only place for foreign conventions."""
