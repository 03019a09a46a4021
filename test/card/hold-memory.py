"""A CUDA process without any library but the driver's: takes memory on the first card that it sees, says which, waits.

    CUDA_VISIBLE_DEVICES=<uuid> python3 hold-memory.py <MiB> [<seconds>]

Prints one line of JSON: {"cards": <how many it sees>, "uuid": "GPU-…", "pid": …}. Exit status 1 with the call that failed.
"""

import ctypes
import json
import os
import sys
import time
import uuid

cuda = ctypes.CDLL("libcuda.so.1")


def call(name, *args):
    status = getattr(cuda, name)(*args)
    if status != 0:
        sys.exit(f"{name} failed with CUresult {status}")


mib = int(sys.argv[1])
seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 600.0

count, device = ctypes.c_int(), ctypes.c_int()
context, pointer = ctypes.c_void_p(), ctypes.c_uint64()
name = (ctypes.c_ubyte * 16)()

call("cuInit", 0)
call("cuDeviceGetCount", ctypes.byref(count))
call("cuDeviceGet", ctypes.byref(device), 0)
call("cuDeviceGetUuid", ctypes.byref(name), device)
call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
call("cuCtxSetCurrent", context)
call("cuMemAlloc_v2", ctypes.byref(pointer), ctypes.c_size_t(mib * 1024 * 1024))
call("cuMemsetD8_v2", pointer, ctypes.c_ubyte(1), ctypes.c_size_t(mib * 1024 * 1024))
call("cuCtxSynchronize")

found = {"cards": count.value, "uuid": f"GPU-{uuid.UUID(bytes=bytes(name))}", "pid": os.getpid()}
print(json.dumps(found), flush=True)
time.sleep(seconds)
