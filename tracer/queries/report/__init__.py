"""The figures of a report: one file a topic, each figure one query over a scope.

A row is a mapping of the columns that the function's docstring names.
"""
