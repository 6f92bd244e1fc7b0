"""Writes small model folders as other programs write them, each with its logits by forward.py: what FamilyFixtureTests reads.

    /usr/bin/python3 fixtures.py        writes beside itself; the same bytes each time

Configurations are spelt as transformers spells them, old names and new ones; weights are of every type, in one file or in shards, with the buffers that old
files carry.
"""
import json
import os

import numpy as np

import forward

HIDDEN, LAYERS, HEADS, INNER, VOCABULARY, POSITIONS = 12, 2, 3, 10, 13, 16
ROWS = [[3, 1, 4, 1, 5, 9, 2, 6, 5], [12, 0, 7]]


def llama_config(**members):
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": HIDDEN, "intermediate_size": INNER, "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "num_key_value_heads": HEADS, "max_position_embeddings": POSITIONS, "vocab_size": VOCABULARY, "hidden_act": "silu",
        "rms_norm_eps": 1e-5, "tie_word_embeddings": False, "bos_token_id": 1, "eos_token_id": 2, **members}


def llama_shapes(config, qkv_bias=False, output_bias=False, mlp_bias=False, head_norms=False):
    heads, groups = config["num_attention_heads"], config["num_key_value_heads"]
    size = config.get("head_dim", HIDDEN // heads)
    shapes = {"model.embed_tokens.weight": (VOCABULARY, HIDDEN), "model.norm.weight": (HIDDEN,)}
    for layer in range(LAYERS):
        p = f"model.layers.{layer}."
        linears = [
            ("self_attn.q_proj", heads * size, HIDDEN, qkv_bias), ("self_attn.k_proj", groups * size, HIDDEN, qkv_bias),
            ("self_attn.v_proj", groups * size, HIDDEN, qkv_bias), ("self_attn.o_proj", HIDDEN, heads * size, output_bias),
            ("mlp.gate_proj", INNER, HIDDEN, mlp_bias), ("mlp.up_proj", INNER, HIDDEN, mlp_bias), ("mlp.down_proj", HIDDEN, INNER, mlp_bias)]
        for name, outputs, inputs, bias in linears:
            shapes[p + name + ".weight"] = (outputs, inputs)
            if bias:
                shapes[p + name + ".bias"] = (outputs,)
        for name in ("input_layernorm", "post_attention_layernorm"):
            shapes[p + name + ".weight"] = (HIDDEN,)
        if head_norms:
            for name in ("q_norm", "k_norm"):
                shapes[p + f"self_attn.{name}.weight"] = (size,)
    if not config["tie_word_embeddings"]:
        shapes["lm_head.weight"] = (VOCABULARY, HIDDEN)
    return shapes


def gpt2_config(**members):
    return {
        "architectures": ["GPT2LMHeadModel"], "model_type": "gpt2", "n_embd": HIDDEN, "n_layer": LAYERS, "n_head": HEADS, "n_positions": POSITIONS,
        "n_ctx": POSITIONS, "vocab_size": VOCABULARY, "layer_norm_epsilon": 1e-5, "bos_token_id": 1, "eos_token_id": 1, **members}


def gpt2_shapes(prefix, inner, buffers=False):
    shapes = {prefix + "wte.weight": (VOCABULARY, HIDDEN), prefix + "wpe.weight": (POSITIONS, HIDDEN)}
    for name in [f"h.{layer}.{norm}" for layer in range(LAYERS) for norm in ("ln_1", "ln_2")] + ["ln_f"]:
        shapes[prefix + name + ".weight"] = shapes[prefix + name + ".bias"] = (HIDDEN,)
    for layer in range(LAYERS):
        p = f"{prefix}h.{layer}."
        for name, inputs, outputs in [
                ("attn.c_attn", HIDDEN, 3 * HIDDEN), ("attn.c_proj", HIDDEN, HIDDEN), ("mlp.c_fc", HIDDEN, inner), ("mlp.c_proj", inner, HIDDEN)]:
            shapes[p + name + ".weight"], shapes[p + name + ".bias"] = (inputs, outputs), (outputs,)
        if buffers:
            shapes[p + "attn.bias"] = (1, 1, POSITIONS, POSITIONS)
    return shapes


def neox_config(**members):
    return {
        "architectures": ["GPTNeoXForCausalLM"], "model_type": "gpt_neox", "hidden_size": HIDDEN, "intermediate_size": INNER, "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS, "max_position_embeddings": POSITIONS, "vocab_size": VOCABULARY, "hidden_act": "gelu", "layer_norm_eps": 1e-5,
        "tie_word_embeddings": False, "bos_token_id": 0, "eos_token_id": 0, **members}


def neox_shapes(config, bias=True, buffers=False):
    shapes = {"gpt_neox.embed_in.weight": (VOCABULARY, HIDDEN)}
    norms = [f"layers.{layer}.{norm}" for layer in range(LAYERS) for norm in ("input_layernorm", "post_attention_layernorm")] + ["final_layer_norm"]
    for name in norms:
        shapes[f"gpt_neox.{name}.weight"] = shapes[f"gpt_neox.{name}.bias"] = (HIDDEN,)
    for layer in range(LAYERS):
        p = f"gpt_neox.layers.{layer}."
        for name, outputs, inputs, has in [
                ("attention.query_key_value", 3 * HIDDEN, HIDDEN, bias), ("attention.dense", HIDDEN, HIDDEN, bias),
                ("mlp.dense_h_to_4h", INNER, HIDDEN, True), ("mlp.dense_4h_to_h", HIDDEN, INNER, True)]:
            shapes[p + name + ".weight"] = (outputs, inputs)
            if has:
                shapes[p + name + ".bias"] = (outputs,)
        if buffers:
            shapes[p + "attention.rotary_emb.inv_freq"] = (1,)
            shapes[p + "attention.masked_bias"] = (1,)
    if not config["tie_word_embeddings"]:
        shapes["embed_out.weight"] = (VOCABULARY, HIDDEN)
    return shapes


def cases():
    """Name, configuration, shapes, element type, files."""
    c = llama_config(num_attention_heads=6, num_key_value_heads=2, rope_theta=10000.0)
    yield "llama-grouped", c, llama_shapes(c), "F32", 1
    c = llama_config(attention_bias=True, mlp_bias=True, tie_word_embeddings=True, rope_scaling={"type": "linear", "factor": 2.0})
    yield "llama-biases-linear", c, llama_shapes(c, True, True, True), "BF16", 1
    c = llama_config(head_dim=6, num_key_value_heads=1, rope_theta=500000.0, rope_scaling={
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 20})
    yield "llama-llama3-shards", c, llama_shapes(c), "F16", 2
    c = llama_config(rope_scaling={"rope_type": "dynamic", "factor": 4.0})
    yield "llama-dynamic", c, llama_shapes(c), "F16", 1
    c = llama_config(architectures=["MistralForCausalLM"], model_type="mistral", num_key_value_heads=1, head_dim=2, sliding_window=12, rope_theta=1e6)
    yield "mistral", c, llama_shapes(c), "BF16", 1
    c = llama_config(
        architectures=["Qwen2ForCausalLM"], model_type="qwen2", num_key_value_heads=1, tie_word_embeddings=True, use_sliding_window=False, sliding_window=4,
        rope_parameters={"rope_type": "default", "rope_theta": 1000.0})
    yield "qwen2", c, llama_shapes(c, qkv_bias=True), "BF16", 2
    c = llama_config(architectures=["Qwen3ForCausalLM"], model_type="qwen3", num_key_value_heads=1, head_dim=8, rope_theta=1e6, attention_bias=False)
    yield "qwen3", c, llama_shapes(c, head_norms=True), "BF16", 1
    c = gpt2_config()
    yield "gpt2", c, gpt2_shapes("", 4 * HIDDEN, buffers=True), "F16", 1
    c = gpt2_config(activation_function="gelu", n_inner=INNER)
    yield "gpt2-gelu", c, gpt2_shapes("transformer.", INNER), "F32", 1
    c = neox_config(rotary_pct=0.5, rotary_emb_base=10000, use_parallel_residual=True)
    yield "gpt_neox", c, neox_shapes(c, buffers=True), "F16", 1
    c = neox_config(
        use_parallel_residual=False, attention_bias=False, hidden_act="gelu_new",
        rope_parameters={"rope_type": "linear", "factor": 2.0, "rope_theta": 100.0, "partial_rotary_factor": 1.0})
    yield "gpt_neox-sequential", c, neox_shapes(c, bias=False), "BF16", 1


def encode(values, kind):
    if kind == "BF16":
        return (values.astype("<f4").view("<u4") >> 16).astype("<u2").tobytes()  # cut off, so that what is read back is exact
    return values.astype({"F32": "<f4", "F16": "<f2"}[kind]).tobytes()


def write_tensors(path, tensors, kind):
    header, data = {"__metadata__": {"format": "pt"}}, b""
    for name, values in tensors.items():
        raw = encode(values, kind)
        header[name] = {"dtype": kind, "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + data)


def write_json(path, value):
    with open(path, "w") as file:
        json.dump(value, file, indent=1)
        file.write("\n")


def write(directory):
    for seed, (name, config, shapes, kind, files) in enumerate(cases()):
        random = np.random.default_rng(seed)
        # Norms around 1, all else wide enough that every part of the model matters.
        tensors = {
            tensor: (1 if "norm" in tensor and tensor.endswith("weight") or ".ln_" in tensor and tensor.endswith("weight") else 0) + 0.4 * random.standard_normal(shape)
            for tensor, shape in shapes.items()}
        folder = os.path.join(directory, name)
        os.makedirs(folder, exist_ok=True)
        write_json(os.path.join(folder, "config.json"), config)
        if files == 1:
            write_tensors(os.path.join(folder, "model.safetensors"), tensors, kind)
        else:
            parts = [f"model-{i + 1:05}-of-{files:05}.safetensors" for i in range(files)]
            placed = {tensor: parts[i % files] for i, tensor in enumerate(tensors)}
            for part in parts:
                write_tensors(os.path.join(folder, part), {tensor: tensors[tensor] for tensor in tensors if placed[tensor] == part}, kind)
            write_json(os.path.join(folder, "model.safetensors.index.json"), {"metadata": {}, "weight_map": placed})
        found = forward.logits(folder, ROWS)
        with open(os.path.join(folder, "logits.json"), "w") as file:
            json.dump({"rows": ROWS, "logits": [[[round(value, 12) for value in row] for row in rows] for rows in found]}, file)
            file.write("\n")


if __name__ == "__main__":
    write(os.path.dirname(os.path.abspath(__file__)))
