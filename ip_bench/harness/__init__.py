"""The bridge to lm-eval: tasks, runs and the simulated model."""
