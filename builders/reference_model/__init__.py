"""The reference models: small models with planted, documented effects."""
