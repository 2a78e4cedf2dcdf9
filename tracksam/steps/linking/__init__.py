"""How candidates become tracks: nodes, motion, evidence, odds, the solver, and the stream."""
