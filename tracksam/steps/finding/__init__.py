"""Finding: which regions are of the wanted kind, by example, by place or by kinship."""
