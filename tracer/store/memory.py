"""How freed memory goes back to the system while logs are loaded."""

import ctypes
import sys

_M_MMAP_THRESHOLD = -3  # mallopt(3)
_MAPPED_BYTES = 1 << 20


def return_freed_memory() -> None:
    """Have the C library map large blocks one by one, so that they are given back when freed.

    Else chunk after chunk leaves holes that the next does not fit: 100 MB more at the peak. Only
    glibc has this; others are left as they are.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_M_MMAP_THRESHOLD, _MAPPED_BYTES)
