using Tda.Lab.Generation;
using Tda.ProxyTrainer.Models;
using static TorchSharp.torch;

namespace Tda.Lab.Models;

/// <summary>Batched decoding over a <see cref="LanguageModel"/>'s key and value cache; sequences in use fill its first rows.</summary>
internal sealed class ModelDecodingSession(LanguageModel model, int maxRows) : IDecodingSession
{
    private readonly KeyValueCache _cache = new(model, maxRows);
    private int _rows;

    public void Prefill(IReadOnlyList<int[]> prompts, Span<float> logits)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var time = prompts.Max(p => p.Length);
        var ids = new long[prompts.Count * time];
        var ends = new long[prompts.Count];
        for (var row = 0; row < prompts.Count; row++)
        {
            Array.ConvertAll(prompts[row], token => (long)token).CopyTo(ids, row * time);
            ends[row] = (row * time) + prompts[row].Length - 1;
        }

        var output = model.Forward(tensor(ids, [prompts.Count, time], device: model.Device), new ForwardOptions
        {
            Cache = _cache,
            CacheRows = Enumerable.Range(_rows, prompts.Count).ToArray(),
            Lengths = prompts.Select(p => p.Length).ToArray(),
            LogitPositions = tensor(ends, device: model.Device),
        });
        _rows += prompts.Count;
        CopyTo(output, logits);
    }

    public void Decode(ReadOnlySpan<int> tokens, Span<float> logits)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var ids = Array.ConvertAll(tokens.ToArray(), token => (long)token);
        CopyTo(model.Forward(tensor(ids, [ids.Length, 1], device: model.Device), new ForwardOptions { Cache = _cache }), logits);
    }

    public void Remove(int row)
    {
        _rows--;
        if (row < _rows)
        {
            _cache.Move(_rows, row);
        }
        else
        {
            _cache.Clear(row);
        }
    }

    public void Dispose() => _cache.Dispose();

    private static void CopyTo(Tensor output, Span<float> logits) =>
        output.to(ScalarType.Float32).cpu().contiguous().data<float>().CopyTo(logits);
}
