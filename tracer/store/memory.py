"""How freed memory goes back to the system while logs are loaded."""

import ctypes
import sys

_SETTINGS = {  # of mallopt(3)
    -3: 1 << 20,  # M_MMAP_THRESHOLD: what is as large is mapped by itself
    -1: 4 << 20,  # M_TRIM_THRESHOLD: so much may be free at the top before that is given back
    -2: 1 << 20,  # M_TOP_PAD: so much more than is needed is asked for
}


def return_freed_memory() -> None:
    """Have the C library map large blocks one by one, so that they are given back when freed.

    Else chunk after chunk leaves holes that the next does not fit: 100 MB more at the peak. Small
    blocks are kept by the megabyte, as to get a page back takes the kernel longer than to keep it.
    Only glibc has this; others are left as they are.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            for parameter, size in _SETTINGS.items():
                mallopt(parameter, size)
