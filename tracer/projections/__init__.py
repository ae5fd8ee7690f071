"""What events add up to: one file a read model, kept in the transaction that adds the events."""
