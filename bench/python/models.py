"""gpt2 and llama as one would write them in PyTorch 1.13, which has no scaled_dot_product_attention yet."""
import json
import math

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F


def read_safetensors(path):
    """name -> float32 or float64 array, by hand: 8 bytes of header length, a JSON header, the data."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
        data = file.read()
    return {
        name: np.frombuffer(data[slice(*entry["data_offsets"])], dtype={"F32": np.float32, "F64": np.float64}[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items() if name != "__metadata__"
    }


class Attention(nn.Module):
    """softmax(q kᵀ / √hs + mask) v. Of the ways to write it in 1.13, the fastest on this machine: see --attention."""

    def __init__(self, context, heads, form):
        super().__init__()
        self.heads, self.form = heads, form
        hidden = torch.triu(torch.ones(context, context, dtype=torch.bool), 1)
        self.register_buffer("hidden", hidden, persistent=False)
        self.register_buffer("mask", torch.zeros(context, context).masked_fill(hidden, -math.inf), persistent=False)

    def split(self, x):
        batch, time, width = x.shape
        return x.view(batch, time, self.heads, width // self.heads).transpose(1, 2)

    def forward(self, q, k, v):  # (batch, heads, T, hs)
        batch, heads, time, size = q.shape
        if self.form == "baddbmm":
            q, k, v = (x.reshape(batch * heads, time, size) for x in (q, k, v))
            scores = torch.baddbmm(self.mask[:time, :time], q, k.transpose(1, 2), alpha=1 / math.sqrt(size))
            mixed = torch.bmm(F.softmax(scores, -1), v).view(batch, heads, time, size)
        else:
            scores = (q @ k.transpose(-2, -1)) * (1 / math.sqrt(size))
            if self.form == "masked_fill":
                scores = scores.masked_fill(self.hidden[:time, :time], -math.inf)
            else:
                scores = scores + self.mask[:time, :time]
            mixed = F.softmax(scores, -1) @ v
        return mixed.transpose(1, 2).reshape(batch, time, heads * size)


class Gpt2Block(nn.Module):
    def __init__(self, c, form):
        super().__init__()
        d = c["hidden_size"]
        self.ln_1, self.ln_2 = nn.LayerNorm(d, eps=c["norm_epsilon"]), nn.LayerNorm(d, eps=c["norm_epsilon"])
        self.c_attn, self.c_proj = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.c_fc, self.c_out = nn.Linear(d, c["intermediate_size"]), nn.Linear(c["intermediate_size"], d)
        self.attention = Attention(c["max_positions"], c["heads"], form)

    def forward(self, x):
        q, k, v = (self.attention.split(part) for part in self.c_attn(self.ln_1(x)).chunk(3, -1))
        x = x + self.c_proj(self.attention(q, k, v))
        return x + self.c_out(F.gelu(self.c_fc(self.ln_2(x)), approximate="tanh"))


class Gpt2(nn.Module):
    def __init__(self, c, form):
        super().__init__()
        self.wte = nn.Embedding(c["vocabulary_size"], c["hidden_size"])
        self.wpe = nn.Embedding(c["max_positions"], c["hidden_size"])
        self.blocks = nn.ModuleList(Gpt2Block(c, form) for _ in range(c["layers"]))
        self.ln_f = nn.LayerNorm(c["hidden_size"], eps=c["norm_epsilon"])
        self.register_buffer("positions", torch.arange(c["max_positions"]), persistent=False)

    def forward(self, ids):
        x = self.wte(ids) + self.wpe(self.positions[: ids.shape[1]])
        for block in self.blocks:
            x = block(x)
        return F.linear(self.ln_f(x), self.wte.weight)

    @staticmethod
    def names(name):
        """Our module's name of a Hugging Face tensor, and whether the file holds the transpose."""
        if name.startswith("transformer.h."):
            _, _, layer, rest = name.split(".", 3)
            rest = rest.replace("attn.c_attn", "c_attn").replace("attn.c_proj", "c_proj")
            rest = rest.replace("mlp.c_fc", "c_fc").replace("mlp.c_proj", "c_out")
            return f"blocks.{layer}.{rest}", rest.endswith("weight") and not rest.startswith("ln_")
        return name.replace("transformer.", ""), False


class RMSNorm(nn.Module):
    def __init__(self, width, epsilon):
        super().__init__()
        self.weight, self.epsilon = nn.Parameter(torch.ones(width)), epsilon

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight


class Rotary(nn.Module):
    def __init__(self, c):
        super().__init__()
        size = c["hidden_size"] // c["heads"]
        frequencies = c["rope_theta"] ** (-torch.arange(0, size, 2, dtype=torch.float64) / size)
        angles = torch.outer(torch.arange(c["max_positions"], dtype=torch.float64), frequencies).repeat(1, 2)
        self.register_buffer("cos", angles.cos().float(), persistent=False)
        self.register_buffer("sin", angles.sin().float(), persistent=False)

    def forward(self, x):  # (batch, heads, T, hs)
        first, second = x.chunk(2, -1)
        time = x.shape[2]
        return x * self.cos[:time] + torch.cat((-second, first), -1) * self.sin[:time]


class LlamaBlock(nn.Module):
    def __init__(self, c, form):
        super().__init__()
        d, mlp = c["hidden_size"], c["intermediate_size"]
        self.input_layernorm = RMSNorm(d, c["norm_epsilon"])
        self.post_attention_layernorm = RMSNorm(d, c["norm_epsilon"])
        self.q_proj, self.k_proj, self.v_proj, self.o_proj = (nn.Linear(d, d, bias=False) for _ in range(4))
        self.gate_proj, self.up_proj = nn.Linear(d, mlp, bias=False), nn.Linear(d, mlp, bias=False)
        self.down_proj = nn.Linear(mlp, d, bias=False)
        self.attention = Attention(c["max_positions"], c["heads"], form)

    def forward(self, x, rotary):
        h = self.input_layernorm(x)
        q, k, v = (self.attention.split(linear(h)) for linear in (self.q_proj, self.k_proj, self.v_proj))
        x = x + self.o_proj(self.attention(rotary(q), rotary(k), v))
        h = self.post_attention_layernorm(x)
        return x + self.down_proj(F.silu(self.gate_proj(h)) * self.up_proj(h))


class Llama(nn.Module):
    def __init__(self, c, form):
        super().__init__()
        self.embed_tokens = nn.Embedding(c["vocabulary_size"], c["hidden_size"])
        self.layers = nn.ModuleList(LlamaBlock(c, form) for _ in range(c["layers"]))
        self.norm = RMSNorm(c["hidden_size"], c["norm_epsilon"])
        self.rotary = Rotary(c)

    def forward(self, ids):
        x = self.embed_tokens(ids)
        for layer in self.layers:
            x = layer(x, self.rotary)
        return F.linear(self.norm(x), self.embed_tokens.weight)

    @staticmethod
    def names(name):
        return name.replace("model.", "").replace("self_attn.", "").replace("mlp.", ""), False


def load(config, path, form):
    model = (Gpt2 if config["family"] == "gpt2" else Llama)(config, form)
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, array in read_safetensors(path).items():
            own, transposed = model.names(name)
            tensor = torch.from_numpy(array.copy())
            parameters.pop(own).copy_(tensor.t() if transposed else tensor)
    assert not parameters, f"no weights for {list(parameters)}"
    return model
