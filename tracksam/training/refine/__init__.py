"""How the network that refines masks after clicks is made."""
