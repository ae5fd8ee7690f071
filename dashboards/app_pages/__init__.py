"""One file a page; each answers the question in its title."""
