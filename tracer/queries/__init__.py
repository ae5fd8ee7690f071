"""Questions that people ask of the store: one file a question. SQL lives here, nowhere else."""
