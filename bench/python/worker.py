"""One contender: prints a line when ready, then works once for every line read, and says how long it took."""
import json
import sys
import time


def serve(work):
    print("{}", flush=True)
    for _ in sys.stdin:
        wall, cpu = time.perf_counter(), time.process_time()
        result = work() or {}
        result["wall"], result["cpu"] = time.perf_counter() - wall, time.process_time() - cpu
        print(json.dumps(result), flush=True)
