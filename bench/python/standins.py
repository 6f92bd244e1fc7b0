"""
Small stand-ins for packages that the peers import but need little of here, put in place only where the package isn't installed. Each does what its
calls on this path ask for and no more; whatever else is asked of it fails by name.
"""
import importlib
import importlib.util
import itertools
import math
import sys
import types
from enum import Enum

import torch


def module(name, **members):
    """A module of that name, and those above it, unless there is one."""
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        path = ".".join(parts[:end])
        if path not in sys.modules:
            sys.modules[path] = types.ModuleType(path)
            sys.modules[path].__path__ = []
            if end > 1:
                setattr(sys.modules[".".join(parts[: end - 1])], parts[end - 1], sys.modules[path])
    for key, value in members.items():
        setattr(sys.modules[name], key, value)


def missing(name):
    return name not in sys.modules and importlib.util.find_spec(name) is None


def install(*names):
    """Those that are named, as far as they aren't there; returns what was stood in for."""
    used = [name for name in names if PARTS[name][0]()]
    for name in used:
        PARTS[name][1]()
    return used


def broken_fsdp():
    try:
        importlib.import_module("torch.distributed.fsdp")
        return False
    except ValueError:  # that of 1.13 can't be imported by Python 3.11
        return True


def fsdp():
    """A name for what isn't an instance of it: nothing is sharded here."""
    sys.modules["torch.distributed.fsdp"] = types.ModuleType("torch.distributed.fsdp")
    sys.modules["torch.distributed.fsdp"].FullyShardedDataParallel = type("FullyShardedDataParallel", (), {})


def func():
    """functorch is where 1.13 has what is torch.func later."""
    functorch, stateless = importlib.import_module("functorch"), importlib.import_module("torch.nn.utils.stateless")
    module("torch.func", functional_call=stateless.functional_call, **{
        name: getattr(functorch, name) for name in ("grad", "vmap", "vjp", "jvp", "hessian", "jacrev", "jacfwd")})


def compile_nothing():
    """1.13 compiles nothing: functions run as they are written."""
    torch.compile = lambda function=None, **_: function if function else torch.compile


def tqdm():
    class Bar:
        def __init__(self, iterable=(), **_):
            self.iterable = iterable

        def __iter__(self):
            return iter(self.iterable)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def update(self, *_):
            pass

    module("tqdm", tqdm=Bar)


def einops():
    """The patterns that are used: one '...' for some axes, letters by blanks."""
    def einsum(*operands):
        *tensors, pattern = operands
        names = {}

        def short(term):
            return "".join(axis if axis == "..." else names.setdefault(axis, chr(ord("a") + len(names))) for axis in term.split())

        left, right = pattern.split("->")
        return torch.einsum(",".join(short(term) for term in left.split(",")) + "->" + short(right), *tensors)

    def reduce(tensor, pattern, reduction):
        left, right = (side.split() for side in pattern.split("->"))
        if reduction != "sum" or any(axis not in left for axis in right):
            raise NotImplementedError(f"einops.reduce stands in for no '{pattern}' by {reduction}")
        if "..." in left:
            at = left.index("...")
            left[at:at + 1] = [f"...{i}" for i in range(tensor.dim() - len(left) + 1)]
        gone = [i for i, axis in enumerate(left) if axis not in right]
        return tensor.sum(gone) if gone else tensor

    def rearrange(tensor, pattern):
        shape = tuple(tensor.shape)
        if pattern in ("b ... d_in -> (b ...) d_in", "b ... d_out -> (b ...) d_out"):
            return tensor.reshape(-1, shape[-1])
        if pattern == "b ... -> (b ...) 1":
            return tensor.reshape(-1, 1)
        if pattern == "n ... -> n 1 ...":
            return tensor.unsqueeze(1)
        if pattern == "m ... -> 1 m ...":
            return tensor.unsqueeze(0)
        raise NotImplementedError(f"einops.rearrange stands in for no '{pattern}'")

    module("einops", einsum=einsum, reduce=reduce, rearrange=rearrange)


def opt_einsum():
    class DynamicProgramming:
        def __init__(self, **_):
            pass

    def contract_path(expression, *tensors, optimize=None):
        """The order of pairwise products with the fewest multiplications, by trying all: operands are four at most."""
        left, result = expression.split("->")
        sizes, terms = {}, []
        for term, tensor in zip(left.split(","), tensors):
            axes = tensor.dim() - len(term.replace("...", ""))
            term = list(term.replace("...", "*" * axes))
            place = itertools.count()
            term = [f"*{next(place)}" if axis == "*" else axis for axis in term]
            sizes.update(zip(term, tensor.shape))
            terms.append(frozenset(term))
        kept = frozenset(result.replace("...", "")) | (frozenset(a for a in sizes if a[0] == "*") if "..." in result else frozenset())

        def best(open_terms):
            if len(open_terms) == 1:
                return 0, []
            options = []
            for i, j in itertools.combinations(range(len(open_terms)), 2):
                rest = [term for k, term in enumerate(open_terms) if k not in (i, j)]
                both = open_terms[i] | open_terms[j]
                product = both & kept.union(*rest)
                cost, path = best(rest + [product])
                options.append((cost + math.prod(sizes[axis] for axis in both), [(i, j)] + path))
            return min(options)

        return best(terms)[1], None

    module("opt_einsum", DynamicProgramming=DynamicProgramming, contract_path=contract_path)


def einconv():
    def get_conv_paddings(*_):
        raise NotImplementedError("there is no convolution here")

    module("einconv.utils", get_conv_paddings=get_conv_paddings)


def accelerate():
    class BaseEnum(Enum):
        @classmethod
        def list(cls):
            return [item.value for item in cls]

    class KwargsHandler:
        def to_dict(self):  # 1.13's loader takes no None for what later ones default to
            return {name: value for name, value in self.__dict__.items() if value is not None}

    def tensors_of(batch):
        return list(batch.values()) if isinstance(batch, dict) else list(batch) if isinstance(batch, (list, tuple)) else [batch]

    module("accelerate.state", SharedDict=dict)
    module("accelerate.utils.memory", should_reduce_batch_size=lambda exception: False)
    module("accelerate.utils.dataclasses", BaseEnum=BaseEnum)
    module(
        "accelerate.utils", KwargsHandler=KwargsHandler, find_batch_size=lambda data: tensors_of(data)[0].shape[0],
        send_to_device=lambda tensor, device=None, **_: tensor, extract_model_from_parallel=lambda model, **_: model)


def safetensors():
    class Opened:
        def __init__(self, path, **_):
            self.tensors = torch.load(path)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def keys(self):
            return self.tensors.keys()

        def get_tensor(self, name):
            return self.tensors[name]

    module("safetensors", safe_open=Opened)
    module("safetensors.torch", save_file=lambda tensors, filename, metadata=None: torch.save(tensors, filename), load_file=lambda filename, device="cpu": torch.load(filename))


def old_pydantic():
    if missing("pydantic"):
        return True
    old = not hasattr(importlib.import_module("pydantic"), "field_validator")
    for name in [name for name in sys.modules if old and name.split(".")[0] == "pydantic"]:
        del sys.modules[name]
    return old


def pydantic():
    class BaseModel:
        def __init__(self, **values):
            known = dict.fromkeys(name for base in reversed(type(self).__mro__) for name in base.__dict__.get("__annotations__", {}))
            for name in known:
                if name in values:
                    setattr(self, name, values.pop(name))
                elif hasattr(type(self), name):
                    setattr(self, name, getattr(type(self), name))
                elif name != "model_config":
                    raise ValueError(f"{name} is missing")
            if values:
                raise ValueError(f"{type(self).__name__} has no {sorted(values)}")

        def __iter__(self):
            return iter(self.__dict__.items())

        def model_dump(self):
            return dict(self.__dict__)

        def model_copy(self):
            return type(self)(**self.__dict__)

    # The one validator turns names of devices into devices, which those who make the models here do themselves.
    module("pydantic", BaseModel=BaseModel, ConfigDict=dict, field_validator=lambda *_, **__: lambda function: function)


# When each is stood in for, and by what.
PARTS = {
    **{name: (lambda name=name: missing(name), part) for name, part in {
        "tqdm": tqdm, "einops": einops, "opt_einsum": opt_einsum, "einconv": einconv, "accelerate": accelerate, "safetensors": safetensors}.items()},
    "pydantic": (old_pydantic, pydantic),
    "torch.compiler": (lambda: not hasattr(torch, "compiler"), lambda: module("torch.compiler", reset=lambda: None)),
    "torch.compile": (lambda: not hasattr(torch, "compile"), compile_nothing),
    "torch.distributed.fsdp": (broken_fsdp, fsdp),
    "torch.func": (lambda: missing("torch.func"), func),
}
