"""What the scripts of the peers share: the checkout, the model, documents and queries; one measured work a process."""
import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

import models
import standins

o = json.loads(sys.argv[1])
torch.set_num_threads(1)
stood_in = []
if o.get("checkout"):
    sys.path.insert(0, o["checkout"])
torch.manual_seed(o.get("seed", 0))

BATCH = o["batch"]  # rows


def stand_in(*names):
    """For packages that aren't installed; before the library is imported."""
    stood_in.extend(standins.install(*names))


class Rows(torch.utils.data.Dataset):
    """Tokens (N, T + 1) as inputs and labels (N, T); weights (N, T) are 1 where a label carries loss."""

    def __init__(self, name, first=None):
        self.tokens = torch.from_numpy(np.load(os.path.join(o["data"], name + ".npy"))[:first])
        self.weights = torch.from_numpy(np.load(os.path.join(o["data"], name + "-weights.npy"))[:first])

    def __len__(self):
        return len(self.tokens)

    def __getitem__(self, i):
        return {"ids": self.tokens[i, :-1], "labels": self.tokens[i, 1:], "weights": self.weights[i], "index": torch.tensor(i)}

    def batches(self, size=BATCH):
        return torch.utils.data.DataLoader(self, batch_size=size, shuffle=False)


def model():
    loaded = models.load(o["config"], o["weights"], o.get("attention", "add"))
    return loaded.eval()


def token_losses(logits, labels, weights):
    """(N, T) nats."""
    return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1), reduction="none").view(labels.shape) * weights


def layers(loaded):
    return [name for name, part in loaded.named_modules() if isinstance(part, torch.nn.Linear)]


def save(scores):
    """(queries, documents) float32, if asked for."""
    if o.get("scores"):
        np.save(o["scores"], np.ascontiguousarray(scores.detach().float().numpy()))


def blas():
    """The file of the BLAS that is loaded: Debian's reference, which is there when nothing else is installed, is many times slower than OpenBLAS."""
    with open("/proc/self/maps") as file:
        return next((os.path.basename(line.split()[-1]) for line in file if "openblas" in line or "libblas" in line or "mkl_core" in line), "its own BLAS")


def status(name):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name + ":"))


def measure(work, version=""):
    """Works once and reports: seconds of the work, and of the whole process up to its end, imports and all."""
    before, wall, cpu = status("VmRSS"), time.perf_counter(), time.process_time()
    result = work()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(json.dumps({
        "wall": wall, "cpu": cpu, "process": time.process_time(), "peak": status("VmHWM"), "before": before, "version": version,
        "torch": f"{torch.__version__}, {blas()}", "stood_in": stood_in,
        "loss": result if isinstance(result, float) else None,
    }), flush=True)
