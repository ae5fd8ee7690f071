"""What a monitoring system reads: the store's sums, the queue's depth, and how the watcher does."""
