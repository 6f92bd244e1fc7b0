"""Training as one would write it in PyTorch: the same weights, batches, schedule and objective as ours."""
import json
import math
import sys

import numpy as np
import torch
import torch.nn.functional as F

import models
import optimizers
import worker

o = json.loads(sys.argv[1])
torch.set_num_threads(o["threads"])
batches = torch.from_numpy(np.load(o["batches"]))  # int64 (steps, rows, context + 1)
model = models.load(o["config"], o["weights"], o["attention"])
model.train()


def rate(step, steps):
    warmup = max(1, int(steps * o["warmup"]))
    if step < warmup:
        return (step + 1) / warmup
    progress = (step + 1 - warmup) / max(1, steps - warmup)
    return o["final"] + (1 - o["final"]) * 0.5 * (1 + math.cos(math.pi * min(1, progress)))


def train():
    losses = []
    used = optimizers.create(model, o)
    peaks = [[group["lr"] for group in optimizer.param_groups] for optimizer in used]
    for step, batch in enumerate(batches):
        logits = model(batch[:, :-1])
        loss = F.cross_entropy(logits.view(-1, logits.shape[-1]), batch[:, 1:].reshape(-1))
        for optimizer in used:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), o["clip"])
        for optimizer, rates in zip(used, peaks):
            for group, peak in zip(optimizer.param_groups, rates):
                group["lr"] = peak * rate(step, len(batches))
            optimizer.step()
        losses.append(loss.item())
    return {"losses": losses}


worker.serve(train)
