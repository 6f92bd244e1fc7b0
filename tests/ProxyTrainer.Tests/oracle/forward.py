"""Logits of Hugging Face model folders, written from each family's definition with numpy alone, in float64, one sequence at a time.

    forward.py FOLDER IDS...      prints the rows of logits (T, V) of each IDS, such as 3,1,4

It shares nothing with the program: it reads config.json under the names that the families' authors gave, and safetensors by the format's definition.
"""
import json
import math
import os
import sys

import numpy as np

# ---- files --------------------------------------------------------------------------------------------------------------------------------------


def bfloat16_to_double(raw):
    """The upper half of a float32."""
    return (np.frombuffer(raw, "<u2").astype("<u4") << 16).view("<f4").astype(np.float64)


def read_tensors(path):
    """safetensors: 8 bytes of length, a JSON header, then the data."""
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        raw = data[entry["data_offsets"][0]:entry["data_offsets"][1]]
        kind = entry["dtype"]
        flat = bfloat16_to_double(raw) if kind == "BF16" else np.frombuffer(raw, {"F64": "<f8", "F32": "<f4", "F16": "<f2"}.get(kind, "u1")).astype(np.float64)
        tensors[name] = flat[:int(np.prod(entry["shape"]))].reshape(entry["shape"])
    return tensors


def read_folder(folder):
    with open(os.path.join(folder, "config.json")) as file:
        config = json.load(file)
    index = os.path.join(folder, "model.safetensors.index.json")
    names = ["model.safetensors"]
    if os.path.exists(index):
        with open(index) as file:
            names = sorted(set(json.load(file)["weight_map"].values()))
    weights = {}
    for name in names:
        weights.update(read_tensors(os.path.join(folder, name)))
    return config, weights


# ---- parts --------------------------------------------------------------------------------------------------------------------------------------


def linear(w, name, x):
    y = x @ w[name + ".weight"].T
    return y + w[name + ".bias"] if name + ".bias" in w else y


def conv1d(w, name, x):
    """gpt2's layers are stored as (in, out)."""
    return x @ w[name + ".weight"] + w[name + ".bias"]


def rms_norm(x, weight, epsilon):
    return x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + epsilon) * weight


def layer_norm(w, name, x, epsilon):
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred / np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + epsilon) * w[name + ".weight"] + w[name + ".bias"]


def silu(x):
    return x / (1 + np.exp(-x))


def gelu_tanh(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x ** 3)))


def gelu_exact(x):
    return 0.5 * x * (1 + np.vectorize(math.erf)(x / np.sqrt(2)))


def activation(name):
    return {"gelu": gelu_exact, "gelu_new": gelu_tanh, "gelu_fast": gelu_tanh, "gelu_pytorch_tanh": gelu_tanh}[name]


def attention(q, k, v):
    """Causal; q (heads, T, hs), k and v (groups, T, hs), each group serving the next heads / groups heads."""
    heads, time, size = q.shape
    share = heads // k.shape[0]
    mixed = np.empty_like(q)
    for head in range(heads):
        scores = q[head] @ k[head // share].T / np.sqrt(size)
        for t in range(time):
            seen = scores[t, :t + 1]
            weights = np.exp(seen - seen.max())
            mixed[head, t] = weights / weights.sum() @ v[head // share][:t + 1]
    return mixed.transpose(1, 0, 2).reshape(time, heads * size)


def split(x, heads):
    """(T, heads · hs) to (heads, T, hs)."""
    return x.reshape(len(x), heads, -1).transpose(1, 0, 2)


def rope(config):
    """Members of the rotary positions, from transformers 5's rope_parameters, or from what stood there before."""
    members = config.get("rope_parameters") or config.get("rope_scaling") or {}
    theta = members.get("rope_theta", config.get("rope_theta", config.get("rotary_emb_base", 10000.0)))
    return theta, members.get("rope_type", members.get("type", "default")), members


def frequencies(config, size, time):
    """Radians a position for each pair of a head's numbers."""
    theta, kind, members = rope(config)
    if kind == "dynamic":
        # NTK-aware: beyond the positions of training the base grows with the length; up to them nothing changes.
        trained = config["max_position_embeddings"]
        factor, length = members["factor"], max(time, trained)
        theta = theta * ((factor * length / trained) - (factor - 1)) ** (size / (size - 2))
    plain = theta ** (-np.arange(0, size, 2) / size)
    if kind == "linear":
        return plain / members["factor"]
    if kind == "llama3":
        found = []
        for frequency in plain:
            wavelength = 2 * np.pi / frequency
            original = members["original_max_position_embeddings"]
            low, high = members["low_freq_factor"], members["high_freq_factor"]
            if wavelength < original / high:
                found.append(frequency)
            elif wavelength > original / low:
                found.append(frequency / members["factor"])
            else:
                smooth = (original / wavelength - low) / (high - low)
                found.append((1 - smooth) * frequency / members["factor"] + smooth * frequency)
        return np.array(found)
    assert kind in ("default", "dynamic"), kind
    return plain


def rotate(x, turns):
    """x (heads, T, hs): number i of the first half of the rotated part and number i of the second are one pair."""
    half = len(turns)
    done = x.copy()
    for t in range(x.shape[1]):
        cos, sin = np.cos(t * turns), np.sin(t * turns)
        first, second = x[:, t, :half], x[:, t, half:2 * half]
        done[:, t, :half] = first * cos - second * sin
        done[:, t, half:2 * half] = second * cos + first * sin
    return done


# ---- families -----------------------------------------------------------------------------------------------------------------------------------


def llama(config, w, ids):
    """llama, mistral, qwen2, qwen3: they differ in which biases and norms there are, which the files tell."""
    heads = config["num_attention_heads"]
    groups = config.get("num_key_value_heads", heads)
    size = config.get("head_dim", config["hidden_size"] // heads)
    epsilon = config["rms_norm_eps"]
    turns = frequencies(config, size, len(ids))
    x = w["model.embed_tokens.weight"][ids]
    for layer in range(config["num_hidden_layers"]):
        p = f"model.layers.{layer}."
        h = rms_norm(x, w[p + "input_layernorm.weight"], epsilon)
        q, k, v = (split(linear(w, f"{p}self_attn.{name}_proj", h), n) for name, n in (("q", heads), ("k", groups), ("v", groups)))
        if config["model_type"] == "qwen3":
            q = rms_norm(q, w[p + "self_attn.q_norm.weight"], epsilon)
            k = rms_norm(k, w[p + "self_attn.k_norm.weight"], epsilon)
        x = x + linear(w, p + "self_attn.o_proj", attention(rotate(q, turns), rotate(k, turns), v))
        h = rms_norm(x, w[p + "post_attention_layernorm.weight"], epsilon)
        x = x + linear(w, p + "mlp.down_proj", silu(linear(w, p + "mlp.gate_proj", h)) * linear(w, p + "mlp.up_proj", h))
    x = rms_norm(x, w["model.norm.weight"], epsilon)
    return x @ w["model.embed_tokens.weight" if config.get("tie_word_embeddings", False) else "lm_head.weight"].T


def gpt2(config, w, ids):
    w = {name[len("transformer."):] if name.startswith("transformer.") else name: value for name, value in w.items()}
    act, epsilon = activation(config.get("activation_function", "gelu_new")), config.get("layer_norm_epsilon", 1e-5)
    x = w["wte.weight"][ids] + w["wpe.weight"][:len(ids)]
    for layer in range(config["n_layer"]):
        p = f"h.{layer}."
        q, k, v = (split(part, config["n_head"]) for part in np.split(conv1d(w, p + "attn.c_attn", layer_norm(w, p + "ln_1", x, epsilon)), 3, axis=1))
        x = x + conv1d(w, p + "attn.c_proj", attention(q, k, v))
        x = x + conv1d(w, p + "mlp.c_proj", act(conv1d(w, p + "mlp.c_fc", layer_norm(w, p + "ln_2", x, epsilon))))
    return layer_norm(w, "ln_f", x, epsilon) @ w["wte.weight"].T


def gpt_neox(config, w, ids):
    heads, epsilon = config["num_attention_heads"], config.get("layer_norm_eps", 1e-5)
    act = activation(config.get("hidden_act", "gelu"))
    size = config["hidden_size"] // heads
    share = (config.get("rope_parameters") or {}).get("partial_rotary_factor", config.get("rotary_pct", 0.25))
    turns = frequencies(config, int(size * share), len(ids))
    x = w["gpt_neox.embed_in.weight"][ids]
    for layer in range(config["num_hidden_layers"]):
        p = f"gpt_neox.layers.{layer}."
        qkv = linear(w, p + "attention.query_key_value", layer_norm(w, p + "input_layernorm", x, epsilon)).reshape(len(ids), heads, 3, size)
        q, k, v = (qkv[:, :, i].transpose(1, 0, 2) for i in range(3))
        mixed = linear(w, p + "attention.dense", attention(rotate(q, turns), rotate(k, turns), v))
        parallel = config.get("use_parallel_residual", True)
        h = layer_norm(w, p + "post_attention_layernorm", x if parallel else x + mixed, epsilon)
        x = x + mixed + linear(w, p + "mlp.dense_4h_to_h", act(linear(w, p + "mlp.dense_h_to_4h", h)))
    x = layer_norm(w, "gpt_neox.final_layer_norm", x, epsilon)
    return x @ w["gpt_neox.embed_in.weight" if config.get("tie_word_embeddings", False) else "embed_out.weight"].T


def logits(folder, rows):
    config, weights = read_folder(folder)
    run = {"gpt2": gpt2, "gpt_neox": gpt_neox}.get(config["model_type"], llama)
    return [run(config, weights, np.array(row)).tolist() for row in rows]


if __name__ == "__main__":
    print(json.dumps(logits(sys.argv[1], [[int(part) for part in row.split(",")] for row in sys.argv[2:]])))
