"""From rows to a verified, versioned folder."""
