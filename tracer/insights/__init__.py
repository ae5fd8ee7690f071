"""What is wrong, found by detectors, one file each: with an opening, an end, evidence and advice.

Every check is made at the clock of the logs, so that logs that are read later give the same.
"""
