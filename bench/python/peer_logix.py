"""LogIX: LoGra's projected gradients and their covariance on disk, and scores from them."""
import logging
import os
import sys

import torch

import models
import peer

peer.stand_in("tqdm", "einops")
import logix
from logix.config import LoRAConfig

logix.get_logger().setLevel(logging.ERROR)
sys.stdout, shown = open(os.devnull, "w"), sys.stdout  # it prints the layers that it tracks
os.makedirs(peer.o["store"], exist_ok=True)
os.chdir(peer.o["store"])  # it writes below the working directory
loaded = peer.model()
run = logix.LogIX(project="peers")
run.watch(loaded, name_filter=peer.layers(loaded))


def project():
    """LogIX's own random projections, or those of the other side."""
    run.add_lora(lora_config=LoRAConfig(rank=peer.o["rank"]))
    give()


def give():
    if not peer.o.get("projections"):
        return
    given = {loaded.names(name)[0]: array for name, array in models.read_safetensors(peer.o["projections"]).items()}
    with torch.no_grad():
        for name, part in loaded.named_modules():
            if hasattr(part, "logix_lora_A"):
                part.logix_lora_A.weight.copy_(torch.from_numpy(given[name + ".input_projection"].copy()))
                part.logix_lora_C.weight.copy_(torch.from_numpy(given[name + ".output_projection"].copy()).t())
    run.save_lora()


def passes(rows):
    for batch in rows.batches(peer.BATCH):
        with run(data_id=[str(int(i)) for i in batch["index"]]):
            loaded.zero_grad(set_to_none=True)
            peer.token_losses(loaded(batch["ids"]), batch["labels"], batch["weights"]).sum().backward()


def index():
    project()
    run.setup({"grad": ["log", "covariance"]})
    run.save(True)
    passes(peer.Rows("documents"))
    run.finalize()


def scores():
    # Adding the projections draws them anew and saves them over those that are then read: both processes have one seed, or are given the same.
    run.initialize_from_log()
    give()
    run.eval()
    run.setup({"grad": ["log"]})
    queries = peer.Rows("queries")
    batch = next(iter(queries.batches(len(queries))))
    with run(data_id=[str(int(i)) for i in batch["index"]]):
        loaded.zero_grad(set_to_none=True)
        peer.token_losses(loaded(batch["ids"]), batch["labels"], batch["weights"]).sum().backward()
    # Batches of a thousand flat rows, its fastest way; damping .1 of the mean eigenvalue is its default.
    store = run.build_log_dataloader(batch_size=peer.o.get("read", 1000), flatten=True)
    peer.save(run.compute_influence_all(run.get_log(), store)["influence"])


work = {"index": index, "scores": scores}[peer.o["work"]]
try:
    sys.stdout = shown
    peer.measure(work, logix.__version__)
finally:
    sys.stdout.flush()
