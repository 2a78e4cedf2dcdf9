"""The napari plugin of tracksam: movies and results in the viewer."""
