"""`make torture`: under every fault that we can cause, what was acknowledged is counted exactly, and nothing else."""
