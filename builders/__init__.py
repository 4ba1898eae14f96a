"""Dataset recipes: one folder a family, code and content side by side; they know the package, never the reverse."""
