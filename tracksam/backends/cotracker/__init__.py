"""CoTracker3 (Karaev et al., 2024): many points at once through a clip. Non-commercial licence."""
