"""RAFT: dense optical flow by a network (Teed and Deng, 2020), as a point tracker."""

from tracksam.backends.raft.tracker import Raft

__all__ = ["Raft"]
