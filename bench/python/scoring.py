"""One product of memory-mapped shards with the queries, as one would write it with NumPy, and the best 100 of each query."""
import json
import sys

import numpy as np

import worker

o = json.loads(sys.argv[1])
queries = np.ascontiguousarray(np.load(o["queries"]).T)  # float32 (D, queries)
if queries.shape[1] == 1:
    queries = queries[:, 0]


def product(path, scales):
    shard = np.load(path, mmap_mode="r")
    if shard.dtype == np.float32:
        return shard @ queries
    # NumPy has no float16 or int8 product worth the name: convert what fits in the cache, then multiply.
    parts = []
    for i in range(0, len(shard), 256):
        rows = shard[i:i + 256].astype(np.float32)
        if scales is not None:
            rows = (rows.reshape(len(rows), -1, o["length"]) * scales[i:i + 256, :, None]).reshape(len(rows), -1)
        parts.append(rows @ queries)
    return np.concatenate(parts)


def score():
    scales = [np.load(path) for path in o["scales"]] or [None] * len(o["shards"])
    scores = np.concatenate([product(path, scale) for path, scale in zip(o["shards"], scales)])
    np.argpartition(-scores, min(100, len(scores) - 1), axis=0)
    return {"sum": float(np.abs(scores).sum(dtype=np.float64))}


worker.serve(score)
