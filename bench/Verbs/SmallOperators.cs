using BenchmarkDotNet.Attributes;
using static TorchSharp.torch;

namespace Tda.Bench.Verbs;

/// <summary>The calls that <see cref="DispatchBenchmark"/> and BenchmarkDotNet measure. Public, as the latter asks.</summary>
[MemoryDiagnoser]
public class SmallOperators : IDisposable
{
    private readonly Tensor _x = rand([4, 4]);
    private readonly Tensor _y = rand([4, 4]);
    private readonly Tensor _a = rand([32, 32]);
    private readonly Tensor _b = rand([32, 32]);
    private readonly Tensor _w = rand([4, 4]).requires_grad_(true);

    [Benchmark]
    public void Add() => _x.add(_y).Dispose();

    [Benchmark]
    public void Mm() => _a.mm(_b).Dispose();

    [Benchmark]
    public float SumItem()
    {
        using var sum = _x.sum();
        return sum.item<float>();
    }

    [Benchmark]
    public void Autograd()
    {
        using IDisposable scope = NewDisposeScope();
        autograd.grad([_w.mm(_y).tanh().sum()], [_w]);
    }

    public void Dispose()
    {
        foreach (var tensor in (Tensor[])[_x, _y, _a, _b, _w])
        {
            tensor.Dispose();
        }

        GC.SuppressFinalize(this);
    }
}
