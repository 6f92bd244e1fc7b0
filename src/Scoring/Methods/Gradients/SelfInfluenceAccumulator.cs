using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using static TorchSharp.torch;

namespace Tda.Scoring.Methods.Gradients;

/// <summary>
/// Self-influence is quadratic in a document's gradient, so the gradients of its rows are summed first; only a
/// document larger than a batch has to be carried from one batch to the next.
/// </summary>
internal sealed class SelfInfluenceAccumulator(IPreconditioner preconditioner, int documents, long chunkElements) : IDisposable
{
    private readonly double[] _values = new double[documents];
    private readonly Tensor?[] _carried = new Tensor?[preconditioner.Modules.Count];

    public IReadOnlyList<double> Values => _values;

    public void Add(CapturedBatch batch)
    {
        var documentsOfRows = batch.Rows.Select(r => r.Document).ToArray();
        if (batch.CompletesDocuments && _carried[0] is null && documentsOfRows.Distinct().Count() == documentsOfRows.Length)
        {
            for (var m = 0; m < preconditioner.Modules.Count; m++)
            {
                var module = m;
                PerExample.ForChunks(batch.OutputGradients[m], batch.Activations[m], chunkElements,
                    (first, g) => Record(preconditioner.SelfInfluence(module, g), documentsOfRows.AsSpan(first, (int)g.shape[0])));
            }
            return;
        }

        // Rows of one document are consecutive: each run is one sum.
        foreach (var (first, count) in Runs(documentsOfRows))
        {
            for (var m = 0; m < preconditioner.Modules.Count; m++)
            {
                AddRun(batch, m, first, count, documentsOfRows[first]);
            }
        }
    }

    private void AddRun(CapturedBatch batch, int m, int first, int count, int document)
    {
        using var scope = NewDisposeScope();
        var s = batch.OutputGradients[m].narrow(0, first, count).flatten(0, 1);
        var a = batch.Activations[m].narrow(0, first, count).flatten(0, 1);
        var g = s.transpose(0, 1).matmul(a).unsqueeze(0);
        if (_carried[m] is { } before)
        {
            g = g.add(before);
            before.Dispose();
            _carried[m] = null;
        }
        if (batch.CompletesDocuments)
        {
            Record(preconditioner.SelfInfluence(m, g), [document]);
        }
        else
        {
            _carried[m] = g.DetachFromDisposeScope();
        }
    }

    private void Record(Tensor perDocument, ReadOnlySpan<int> ordinals)
    {
        var numbers = perDocument.to_type(ScalarType.Float64).cpu().data<double>().ToArray();
        for (var i = 0; i < numbers.Length; i++)
        {
            _values[ordinals[i]] += numbers[i];
        }
    }

    private static IEnumerable<(int First, int Count)> Runs(int[] documents)
    {
        for (var i = 0; i < documents.Length;)
        {
            var first = i;
            while (i < documents.Length && documents[i] == documents[first])
            {
                i++;
            }

            yield return (first, i - first);
        }
    }

    public void Dispose()
    {
        foreach (var t in _carried)
        {
            t?.Dispose();
        }
    }
}
