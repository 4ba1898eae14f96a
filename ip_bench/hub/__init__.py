"""Datasets on a hub: publish a version, compare two, load one with its promise checked."""
