"""kronfluence: EK-FAC factors, and pairwise scores from them."""
import logging

import torch

import peer

peer.stand_in("tqdm", "einops", "opt_einsum", "einconv", "accelerate", "safetensors", "torch.compiler", "torch.distributed.fsdp")
from kronfluence import Analyzer, FactorArguments, ScoreArguments, Task, prepare_model
from kronfluence.version import __version__

logging.disable(logging.WARNING)


class LanguageModelling(Task):
    def compute_train_loss(self, batch, model, sample=False):
        logits, labels = model(batch["ids"]), batch["labels"]
        if sample:
            with torch.no_grad():
                labels = torch.multinomial(logits.detach().softmax(-1).view(-1, logits.shape[-1]), 1).view(labels.shape)
        return peer.token_losses(logits, labels, batch["weights"]).sum()

    def compute_measurement(self, batch, model):
        return self.compute_train_loss(batch, model)

    def get_influence_tracked_modules(self):
        return names


loaded = peer.model()
names = peer.layers(loaded)
task = LanguageModelling()
analyzer = Analyzer(
    "peers", model=prepare_model(loaded, task), task=task, cpu=True, log_level=logging.ERROR, disable_tqdm=True, output_dir=peer.o["store"])
documents, queries = peer.Rows("documents"), peer.Rows("queries")
factors = FactorArguments(strategy="ekfac", use_empirical_fisher=peer.o.get("true_labels", False))


def fit():
    analyzer.fit_all_factors("factors", documents, per_device_batch_size=peer.BATCH, factor_args=factors, overwrite_output_dir=True)


def scores():
    # All queries at once, so that there is one pass over the documents; damping .1 of the mean eigenvalue.
    analyzer.compute_pairwise_scores(
        "scores", "factors", query_dataset=queries, train_dataset=documents, per_device_query_batch_size=len(queries),
        per_device_train_batch_size=peer.BATCH, score_args=ScoreArguments(damping_factor=None), overwrite_output_dir=True)
    peer.save(analyzer.load_pairwise_scores("scores")["all_modules"])


peer.measure({"fit": fit, "scores": scores}[peer.o["work"]], __version__)
