"""dask.distributed on this machine: `dask-peer.py many <count> <slots>`, `chain <length>`, `start`.

Prints milliseconds. The workers, one process a slot, run before the clock starts.
"""
import subprocess
import sys
import time

from distributed import Client, LocalCluster


def run(*_):
    return subprocess.call(["true"])


def stamp():
    return int(subprocess.check_output("date +%s%N", shell=True))


if __name__ == "__main__":
    verb = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    slots = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    cluster = LocalCluster(
        n_workers=slots, threads_per_worker=1, dashboard_address=None, silence_logs=50
    )
    with cluster, Client(cluster) as client:
        client.submit(run, pure=False).result()
        began = time.time()
        if verb == "start":
            print(client.submit(stamp, pure=False).result() / 1e6 - began * 1e3)
        elif verb == "many":
            client.gather(client.map(run, range(count), pure=False))
            print((time.time() - began) * 1e3)
        else:
            last = None
            for _ in range(count):
                last = client.submit(run, last, pure=False)
            last.result()
            print((time.time() - began) * 1e3)
