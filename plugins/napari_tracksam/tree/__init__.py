"""The lineage tree as values: layout, place on the screen, colours, picture. No Qt."""
