"""rq with a Redis of its own that appends every change to a file: `rq-peer.py many <count> <slots>`, `chain <length>`, `start`.

Prints milliseconds. Workers run before the clock starts, in their default form (a fork per job).
"""
import os
import subprocess
import sys
import time

from redis import Redis
from rq import Queue

verb = sys.argv[1]
count = int(sys.argv[2]) if len(sys.argv) > 2 else 1
slots = int(sys.argv[3]) if len(sys.argv) > 3 else 1

socket = os.path.abspath("redis.sock")
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
server = subprocess.Popen(
    ["redis-server", "--port", "0", "--unixsocket", socket, "--appendonly", "yes"], **quiet
)
workers = []
try:
    redis = Redis(unix_socket_path=socket)
    while True:
        try:
            redis.ping()
            break
        except Exception:
            time.sleep(0.02)
    queue = Queue(connection=redis)
    command = ["rq", "worker", "--quiet", "--url", "unix://" + socket]
    workers = [subprocess.Popen(command, **quiet) for _ in range(slots)]
    while redis.scard("rq:workers") < slots:
        time.sleep(0.02)

    began = time.time()
    if verb == "start":
        job = queue.enqueue(subprocess.check_output, "date +%s%N", shell=True)
        while job.get_status() != "finished":
            time.sleep(0.005)
        print(int(job.result) / 1e6 - began * 1e3)
    else:
        last = None
        jobs = []
        for _ in range(count):
            last = queue.enqueue(subprocess.call, ["true"], depends_on=last if verb == "chain" else None)
            jobs.append(last)
        while queue.finished_job_registry.count < count:
            time.sleep(0.01)
        print((time.time() - began) * 1e3)
finally:
    for process in [*workers, server]:
        process.terminate()
    for process in [*workers, server]:
        process.wait()
