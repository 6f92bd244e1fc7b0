"""dattri: LoGra's gradients, curvature and products in memory, then scores; and TRAK."""
import logging
import os
import types

import torch

import peer

peer.stand_in("tqdm", "pydantic", "torch.compile", "torch.func")
from torch.func import functional_call
from dattri.algorithm.logra import LoGraAttributor
from dattri.algorithm.trak import TRAKAttributor
from dattri.params.projection import LoGraProjectionParams, TRAKProjectionParams
from dattri.task import AttributionTask

logging.disable(logging.WARNING)


class WithLoss(torch.nn.Module):
    """Batches as keyword arguments, the loss in the answer: the mean over sequences of sums over tokens, as its LoGra expects."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, ids, labels, weights, index=None):
        logits = self.inner(ids)
        return types.SimpleNamespace(logits=logits, loss=peer.token_losses(logits, labels, weights).sum() / len(ids))


loaded = WithLoss(peer.model())
weights = {name: value for name, value in loaded.state_dict().items()}
documents, queries = peer.Rows("documents", peer.o.get("documents")), peer.Rows("queries")


def logra():
    task = AttributionTask(
        loss_func=lambda model, batch, device: model(**batch).loss, model=loaded, checkpoints=weights)
    os.makedirs(peer.o["store"], exist_ok=True)  # of its batches' sizes, which it would find again
    attributor = LoGraAttributor(
        task, layer_names=peer.layers(loaded), damping=.1, offload="none", cache_dir=peer.o["store"],
        proj_params=LoGraProjectionParams(proj_dim_per_layer=peer.o["rank"] ** 2, proj_seed=peer.o.get("seed", 0) * 1_000_003))
    # Curvature and its products with all rows are part of this, as its cache has it.
    attributor.cache(documents.batches())
    if peer.o.get("scores"):
        peer.save(attributor.attribute(documents.batches(), queries.batches(len(queries))).t())


def trak():
    def parts(parameters, data):
        ids, labels, counted = (part.unsqueeze(0) for part in data)
        logits = functional_call(loaded.inner, {name[len("inner."):]: value for name, value in parameters.items()}, (ids,))
        is_label = labels.unsqueeze(-1) == torch.arange(logits.shape[-1])
        label = (logits * is_label).sum(-1)
        return label - logits.masked_fill(is_label, -torch.inf).logsumexp(-1), counted

    def margin(parameters, data):
        margins, counted = parts(parameters, data)
        return (margins * counted).sum()

    def probability(parameters, data):
        margins, counted = parts(parameters, data)
        return (margins.sigmoid() * counted).sum() / counted.sum()

    class Triples(torch.utils.data.Dataset):
        def __init__(self, rows):
            self.rows = rows

        def __len__(self):
            return len(self.rows)

        def __getitem__(self, i):
            row = self.rows[i]
            return row["ids"], row["labels"], row["weights"]

    def batches(rows):
        # Its CPU projector draws the whole matrix anew for every batch: larger ones are to its advantage.
        return torch.utils.data.DataLoader(Triples(rows), batch_size=peer.o["trak_batch"], shuffle=False)

    task = AttributionTask(loss_func=margin, model=loaded, checkpoints=weights)
    attributor = TRAKAttributor(
        task, correct_probability_func=probability, layer_name=[name + ".weight" for name in peer.layers(loaded)],
        proj_params=TRAKProjectionParams(proj_dim=peer.o["dimension"], proj_type="rademacher", proj_seed=peer.o.get("seed", 0) * 1_000_003),
        regularization=peer.o["regularization"])
    attributor.cache(batches(documents))
    peer.save(attributor.attribute(batches(queries)).t())


peer.measure({"logra": logra, "trak": trak}[peer.o["work"]])
