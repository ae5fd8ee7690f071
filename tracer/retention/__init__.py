"""How long lines are kept: what the configuration says, and removing those that are older.

settings   [store] of the configuration
removal    removing what is older than a time, part by part, beside whoever writes
schedule   doing so once a day beside a watcher
"""
