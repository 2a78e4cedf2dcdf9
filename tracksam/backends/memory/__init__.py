"""Networks with a memory: SAM 2.1 and EdgeTAM carry masks from frame to frame."""
