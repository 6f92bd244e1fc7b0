"""Muon as its authors write it: Newton-Schulz for the blocks' matrices, AdamW for the rest."""
import torch


class Muon(torch.optim.Optimizer):
    def __init__(self, parameters, lr, momentum):
        super().__init__(parameters, dict(lr=lr, momentum=momentum))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["momentum"] = torch.zeros_like(p.grad)
                state["momentum"].lerp_(p.grad, 1 - group["momentum"])
                update = orthogonalize(p.grad.lerp(state["momentum"], group["momentum"]))
                p.add_(update, alpha=-group["lr"] * max(1, p.shape[0] / p.shape[1]) ** 0.5)


def orthogonalize(matrix, steps=5):
    x = matrix.t() if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / (x.norm() + 1e-7)
    for _ in range(steps):
        a = x @ x.t()
        b = torch.addmm(a, a, a, beta=-4.7750, alpha=2.0315)
        x = torch.addmm(x, b, x, beta=3.4445)
    return x.t() if matrix.shape[0] > matrix.shape[1] else x


def create(model, o):
    blocks, matrices, vectors = [], [], []
    for name, p in model.named_parameters():
        inside = name.startswith(("blocks.", "layers.")) and p.dim() == 2
        (blocks if inside and o["muon"] else matrices if p.dim() == 2 else vectors).append(p)
    rest = torch.optim.AdamW(
        [dict(params=matrices, weight_decay=o["weight_decay"]), dict(params=vectors, weight_decay=0)],
        lr=o["lr"], betas=(o["beta1"], o["beta2"]), eps=o["epsilon"], foreach=True)
    return [rest, Muon(blocks, o["muon_lr"], o["momentum"])] if o["muon"] else [rest]
