"""Why mail was refused or not delivered: a reason class for each event, and who says so.

    classify(row)            one event, in Python
    classified(relation)     any number, in SQL
    CLASSES[name]            what a class is called, and what to do about it

Owns the classes (classes.py), how they are recognised (rules.py, blockers.py), and the views
`rejections` and `delivery_failures` (views.py).
"""

from tracer.reasons.classes import CLASSES, UNKNOWN, ReasonClass
from tracer.reasons.matching import COLUMNS, Reason, classified, classify

__all__ = ["CLASSES", "COLUMNS", "UNKNOWN", "Reason", "ReasonClass", "classified", "classify"]
