"""Results on the hub: what is submitted, what is refused, and the page that shows it."""
