"""nano: the segmenter and detector that ships inside the package."""
