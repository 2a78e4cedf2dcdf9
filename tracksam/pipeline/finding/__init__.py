"""Finding: examples collected from movies, and what is like them, in frames, movies and stills."""
