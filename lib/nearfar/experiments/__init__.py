"""Experiments: programs that one chapter each tries."""
