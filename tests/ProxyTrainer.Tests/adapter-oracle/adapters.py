"""Writes small PEFT folders as PEFT writes them, for bases of ../oracle, each with the logits of W + s·B·A by forward.py: what AdapterOracleTests reads.

    /usr/bin/python3 adapters.py        writes beside itself; the same bytes each time

It shares nothing with the program: names, shapes and the scale are those of LoRA's definition and of PEFT's files.
"""
import json
import math
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ORACLE = os.path.join(HERE, "..", "oracle")
sys.path.insert(0, ORACLE)

import fixtures  # noqa: E402
import forward  # noqa: E402

# Base, configuration, the layers that it means with rank and s, and whether the base's files hold (in, out).
CASES = [
    ("llama-grouped", {"r": 3, "lora_alpha": 5, "target_modules": ["q_proj", "v_proj", "down_proj"], "rank_pattern": {"down_proj": 2}, "alpha_pattern": {"layers.1.self_attn.q_proj": 9}},
     lambda name: (2, 5 / 2) if name.endswith("down_proj") else (3, 9 / 3) if name == "model.layers.1.self_attn.q_proj" else (3, 5 / 3)),
    ("qwen2", {"r": 4, "lora_alpha": 6, "use_rslora": True, "target_modules": r".*\.1\.(self_attn\.[qkvo]_proj|mlp\.up_proj)"},
     lambda name: (4, 6 / math.sqrt(4))),
    ("gpt2", {"r": 2, "lora_alpha": 3, "target_modules": ["c_attn", "c_proj"], "fan_in_fan_out": True},
     lambda name: (2, 3 / 2)),
    ("gpt_neox", {"r": 2, "lora_alpha": 4, "target_modules": ["query_key_value", "dense_4h_to_h"], "layers_to_transform": [0]},
     lambda name: (2, 4 / 2)),
]


def chosen(config, modules):
    import re
    targets, blocks = config["target_modules"], config.get("layers_to_transform")
    for name in modules:
        if isinstance(targets, str):
            found = re.fullmatch(targets, name)
        else:
            found = any(name.endswith("." + target) for target in targets) and (blocks is None or int(re.search(r"\.(\d+)\.", name).group(1)) in blocks)
        if found:
            yield name


def write():
    for seed, (base, own, sized) in enumerate(CASES):
        config, weights = forward.read_folder(os.path.join(ORACLE, base))
        family = config["model_type"]
        prefix = "transformer." if family == "gpt2" and not any(name.startswith("transformer.") for name in weights) else ""
        modules = [name[:-len(".weight")] for name, value in weights.items()
                   if value.ndim == 2 and name.endswith(".weight") and (".layers." in name or "h." in name)]
        random = np.random.default_rng(100 + seed)
        tensors = {}
        for name in chosen(own, [prefix + module for module in modules]):
            rank, scale = sized(name)
            stored = weights[name[len(prefix):] + ".weight"]
            inputs, outputs = stored.shape if family == "gpt2" else stored.shape[::-1]
            a, b = ((0.5 * random.standard_normal(shape)).astype("<f4") for shape in ((rank, inputs), (outputs, rank)))
            tensors[f"base_model.model.{name}.lora_A.weight"], tensors[f"base_model.model.{name}.lora_B.weight"] = a, b
            delta = scale * (b.astype(np.float64) @ a.astype(np.float64))
            weights[name[len(prefix):] + ".weight"] = stored + (delta.T if family == "gpt2" else delta)
        folder = os.path.join(HERE, base)
        os.makedirs(folder, exist_ok=True)
        fixtures.write_json(os.path.join(folder, "adapter_config.json"), {
            "alpha_pattern": {}, "auto_mapping": None, "base_model_name_or_path": base, "bias": "none", "fan_in_fan_out": False, "inference_mode": True,
            "init_lora_weights": True, "layers_pattern": None, "layers_to_transform": None, "loftq_config": {}, "lora_dropout": 0.05, "megatron_config": None,
            "megatron_core": "megatron.core", "modules_to_save": None, "peft_type": "LORA", "rank_pattern": {}, "revision": None, "task_type": "CAUSAL_LM",
            "use_dora": False, "use_rslora": False, **own})
        fixtures.write_tensors(os.path.join(folder, "adapter_model.safetensors"), tensors, "F32")
        run = {"gpt2": forward.gpt2, "gpt_neox": forward.gpt_neox}.get(family, forward.llama)
        found = [run(config, weights, np.array(row)).tolist() for row in fixtures.ROWS]
        with open(os.path.join(folder, "logits.json"), "w") as file:
            json.dump({"rows": fixtures.ROWS, "logits": [[[round(value, 12) for value in row] for row in rows] for rows in found]}, file)
            file.write("\n")


if __name__ == "__main__":
    write()
