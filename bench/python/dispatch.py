"""Small operators in a loop: what a call costs beyond its arithmetic."""
import json
import sys

import torch

import worker

o = json.loads(sys.argv[1])
torch.set_num_threads(1)
n = o["calls"]
torch.manual_seed(1)
x, y = torch.rand(4, 4), torch.rand(4, 4)
a, b = torch.rand(32, 32), torch.rand(32, 32)
w, v = torch.rand(4, 4, requires_grad=True), torch.rand(4, 4)


def add():
    for _ in range(n):
        x + y


def mm():
    for _ in range(n):
        torch.mm(a, b)


def sum_item():
    for _ in range(n):
        x.sum().item()


def autograd():
    for _ in range(n):
        torch.autograd.grad(torch.mm(w, v).tanh().sum(), w)


worker.serve(globals()[o["operation"]])
