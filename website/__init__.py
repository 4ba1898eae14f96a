"""What the document site is made of beside the pages in `docs/`: reference pages from the code, and the gallery."""
