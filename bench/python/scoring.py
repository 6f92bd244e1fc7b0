"""One product of memory-mapped shards with the queries, as one would write it with NumPy."""
import json
import sys

import numpy as np

import worker

o = json.loads(sys.argv[1])
queries = np.load(o["queries"])  # float32 (D, queries)
if queries.shape[1] == 1:
    queries = queries[:, 0]


def product(shard):
    if shard.dtype == np.float32:
        return shard @ queries
    # NumPy has no float16 product worth the name: convert what fits in the cache, then multiply.
    return np.concatenate([shard[i:i + 256].astype(np.float32) @ queries for i in range(0, len(shard), 256)])


def score():
    total = [product(np.load(path, mmap_mode="r")) for path in o["shards"]]
    return {"sum": float(sum(np.abs(part).sum(dtype=np.float64) for part in total))}


worker.serve(score)
