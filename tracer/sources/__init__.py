"""Where log bytes come from: files that grow, archives, standard input."""
