using System.Runtime.CompilerServices;
using TorchSharp;

namespace Tda.Torch.Native;

/// <summary>
/// An ATen operator, found once by schema name and overload, then called through c10's dispatcher.
/// Arguments are positional, in the schema's order; missing trailing ones take the schema's defaults.
/// </summary>
internal sealed unsafe class Operator(string name, string overload = "")
{
    private const int MaxArguments = 24;
    private const int ScratchWords = 96;

    private nint _handle;
    private int _missing;

    internal string Name { get; } = name;

    /// <summary>Does the LibTorch in use have this operator?</summary>
    internal bool Exists
    {
        get
        {
            if (_handle == 0 && _missing == 0)
            {
                nint found;
                var n = Bridge.tda_find("aten::" + Name, overload, &found);
                Bridge.Check(n);
                if (n == 1)
                    _handle = found;
                else
                    _missing = 1;
            }
            return _handle != 0;
        }
    }

    private nint Handle => _handle != 0 || Exists
        ? _handle
        : throw new NotSupportedException(
            $"LibTorch {Bridge.Version} has no operator aten::{Name}{(overload.Length > 0 ? "." + overload : "")}.");

    /// <summary>Calls an operator that returns one tensor.</summary>
    internal torch.Tensor Call(params ReadOnlySpan<Value> arguments)
    {
        Slot result;
        Invoke(arguments, &result, 1);
        return new torch.Tensor(result.Bits);
    }

    /// <summary>Calls an in-place operator on <paramref name="self"/> and returns it: no second handle is made.</summary>
    internal torch.Tensor CallInPlace(torch.Tensor self, params ReadOnlySpan<Value> arguments)
    {
        Slot result;
        Invoke(arguments, &result, 1);
        if (result.Tag == SlotTag.Tensor && result.Bits != 0)
            Bridge.tda_release(result.Bits);
        return self;
    }

    internal (torch.Tensor, torch.Tensor) CallPair(params ReadOnlySpan<Value> arguments)
    {
        var results = stackalloc Slot[2];
        Invoke(arguments, results, 2);
        return (new torch.Tensor(results[0].Bits), new torch.Tensor(results[1].Bits));
    }

    internal (torch.Tensor, torch.Tensor, torch.Tensor) CallTriple(params ReadOnlySpan<Value> arguments)
    {
        var results = stackalloc Slot[3];
        Invoke(arguments, results, 3);
        return (new torch.Tensor(results[0].Bits), new torch.Tensor(results[1].Bits), new torch.Tensor(results[2].Bits));
    }

    /// <summary>Calls an operator that returns a list of tensors, or several.</summary>
    internal torch.Tensor[] CallList(params ReadOnlySpan<Value> arguments)
    {
        const int Capacity = 16;
        var first = stackalloc Slot[Capacity];
        var total = Invoke(arguments, first, Capacity);
        var tensors = new torch.Tensor[total];
        for (var i = 0; i < Math.Min(total, Capacity); i++)
            tensors[i] = new torch.Tensor(first[i].Bits);
        if (total > Capacity)
        {
            var rest = new Slot[total - Capacity];
            fixed (Slot* pointer = rest)
                Bridge.tda_overflow(pointer, rest.Length);
            for (var i = 0; i < rest.Length; i++)
                tensors[Capacity + i] = new torch.Tensor(rest[i].Bits);
        }
        return tensors;
    }

    internal bool CallBool(params ReadOnlySpan<Value> arguments)
    {
        Slot result;
        Invoke(arguments, &result, 1);
        return result.Bits != 0;
    }

    /// <summary>Calls an operator that returns a number.</summary>
    internal Scalar CallScalar(params ReadOnlySpan<Value> arguments)
    {
        Slot result;
        Invoke(arguments, &result, 1);
        return new Scalar(result.Tag, result.Bits);
    }

    private int Invoke(ReadOnlySpan<Value> arguments, Slot* results, int capacity)
    {
        if (arguments.Length > MaxArguments)
            throw new ArgumentException($"aten::{Name} was given {arguments.Length} arguments.");
        var slots = stackalloc Slot[MaxArguments];
        var scratch = stackalloc long[ScratchWords];
        var used = 0;
        List<long[]>? spilled = null;
        for (var i = 0; i < arguments.Length; i++)
        {
            ref readonly var argument = ref arguments[i];
            slots[i].Tag = argument.Tag;
            slots[i].Count = argument.Count;
            slots[i].Bits = argument.Bits;
            if (argument.Tag is not (SlotTag.IntList or SlotTag.TensorList or SlotTag.OptionalTensorList))
                continue;
            Span<long> target;
            if (used + argument.Count <= ScratchWords)
            {
                slots[i].Bits = (long)(scratch + used);
                target = new Span<long>(scratch + used, argument.Count);
                used += argument.Count;
            }
            else
            {
                var pinned = GC.AllocateUninitializedArray<long>(argument.Count, pinned: true);
                (spilled ??= []).Add(pinned);
                slots[i].Bits = (long)(nint)Unsafe.AsPointer(ref pinned[0]);
                target = pinned;
            }
            CopyList(argument.Owner!, target);
        }

        var count = Bridge.tda_call(Handle, slots, arguments.Length, results, capacity);

        // The tensors must outlive the call: their finalizers would release the handles that were just passed.
        foreach (ref readonly var argument in arguments)
            GC.KeepAlive(argument.Owner);
        GC.KeepAlive(spilled);
        if (count < 0)
            Bridge.Throw();
        return count;
    }

    private static void CopyList(object owner, Span<long> target)
    {
        if (owner is long[] numbers)
        {
            numbers.CopyTo(target);
            return;
        }
        var tensors = (torch.Tensor?[])owner;
        for (var i = 0; i < tensors.Length; i++)
            target[i] = tensors[i] is { } tensor ? tensor.Handle : 0;
    }
}
