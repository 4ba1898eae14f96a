"""From effects to a page that a person reads."""
