"""The parts of `tracksam.steps.edit`."""
