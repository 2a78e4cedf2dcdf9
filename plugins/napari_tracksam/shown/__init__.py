"""What the widgets show, as values computed by pure functions. No Qt, no viewer."""
