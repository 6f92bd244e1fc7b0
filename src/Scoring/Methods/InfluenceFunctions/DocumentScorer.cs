using System.Runtime.InteropServices;

namespace Tda.Scoring.Methods.InfluenceFunctions;

/// <summary>
/// Streams documents once: gradients are computed, contracted with all directions and dropped. A document's score is the
/// sum over its rows; its self-influence is that of the sum of its rows' gradients.
/// </summary>
public sealed class DocumentScorer(GradientCapture capture, long chunkElements = 1L << 24)
{
    /// <summary>Scores [directions, documents]: <c>⟨V_q, g_m⟩</c>. Documents with a row that isn't finite are NaN.</summary>
    /// <param name="rows">The documents.</param>
    /// <param name="directions">Preconditioned queries.</param>
    /// <param name="self">When given, also fills <see cref="SelfInfluence"/>.</param>
    /// <param name="progress">Rows done.</param>
    /// <param name="cancellation">Stops between batches.</param>
    /// <param name="layers">Takes every layer's share: direction, layer, document and what is to be added.</param>
    public ScoreMatrix Score(
        IRowSource rows, IDirections directions, IPreconditioner? self = null, Action<double>? progress = null,
        CancellationToken cancellation = default, Action<int, int, int, float>? layers = null)
    {
        var scores = new ScoreMatrix(directions.Count, rows.DocumentCount);
        using var selfInfluence = self is null ? null : new SelfInfluenceAccumulator(self, rows.DocumentCount, chunkElements);
        var apart = new HashSet<int>();
        var layersKept = layers is null ? 0 : directions.Modules.Count;
        capture.ForEachBatch(
            rows, $"documents, {directions.Count} directions, {layersKept} layers, self-influence {self is not null}",
            (batch, completes) => Numbers(capture.Capture(batch, LabelSource.True, completes), directions, layersKept, selfInfluence),
            (batch, numbers) =>
            {
                var size = batch.Count * directions.Count;
                for (var m = 0; m < layersKept; m++)
                {
                    Add(numbers.AsSpan(m * size, size), batch, (q, document, value) => layers!(q, m, document, value));
                }

                Add(numbers.AsSpan(layersKept * size, size), batch, (q, document, value) =>
                {
                    if (!float.IsFinite(value))
                    {
                        apart.Add(document);
                    }

                    scores[q, document] += value;
                });
                selfInfluence?.Set(batch, MemoryMarshal.Cast<float, double>(numbers.AsSpan((layersKept + 1) * size)));
            },
            progress, cancellation);
        foreach (var document in apart)
        {
            scores.Exclude(document);
        }

        SelfInfluence = selfInfluence?.Values;
        return scores;
    }

    /// <summary>Self-influence of every document in the last call that asked for it.</summary>
    public IReadOnlyList<double>? SelfInfluence { get; private set; }

    // All that is wanted of a batch: (layers, B, Q) every layer's share; (B, Q) the scores, NaN of rows that aren't finite; then, in float64,
    // (B) the self-influence of the rows' documents, as far as they are complete.
    private float[] Numbers(CapturedBatch batch, IDirections directions, int layers, SelfInfluenceAccumulator? selfInfluence)
    {
        var numbers = new List<float>();
        var sum = zeros([batch.Rows.Count, directions.Count], dtype: capture.Model.DType, device: capture.Model.Device);
        for (var m = 0; m < directions.Modules.Count; m++)
        {
            var part = directions.Score(m, batch.Layers[m]);
            sum.add_(part);
            if (layers > 0)
            {
                numbers.AddRange(Floats(part));
            }
        }

        var scores = Floats(sum);
        foreach (var b in Enumerable.Range(0, batch.Rows.Count).Where(b => !batch.Finite[b]))
        {
            scores.AsSpan(b * directions.Count, directions.Count).Fill(float.NaN);
        }

        numbers.AddRange(scores);
        if (selfInfluence is not null)
        {
            selfInfluence.Add(batch);
            numbers.AddRange(MemoryMarshal.Cast<double, float>(selfInfluence.Of(batch.Rows)));
        }
        return [.. numbers];
    }

    private static float[] Floats(Tensor t) => t.to_type(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();

    private static void Add(ReadOnlySpan<float> values, IReadOnlyList<TokenRow> rows, Action<int, int, float> add)
    {
        var directions = values.Length / rows.Count;
        for (var b = 0; b < rows.Count; b++)
        {
            for (var q = 0; q < directions; q++)
            {
                add(q, rows[b].Document, values[b * directions + q]);
            }
        }
    }
}

/// <summary>
/// Self-influence is quadratic in a document's gradient, so the gradients of its rows are summed first; only a
/// document larger than a batch has to be carried from one batch to the next.
/// </summary>
internal sealed class SelfInfluenceAccumulator(IPreconditioner preconditioner, int documents, long chunkElements) : IDisposable
{
    private readonly double[] _values = new double[documents];
    private readonly Tensor?[] _carried = new Tensor?[preconditioner.Modules.Count];

    public IReadOnlyList<double> Values => _values;

    /// <summary>The values of some rows' documents.</summary>
    public double[] Of(IReadOnlyList<TokenRow> rows) => [.. rows.Select(r => _values[r.Document])];

    /// <summary>Takes over the values of some rows' documents.</summary>
    public void Set(IReadOnlyList<TokenRow> rows, ReadOnlySpan<double> values)
    {
        for (var b = 0; b < rows.Count; b++)
        {
            _values[rows[b].Document] = values[b];
        }
    }

    public void Add(CapturedBatch batch)
    {
        var documentsOfRows = batch.Rows.Select(r => r.Document).ToArray();
        if (batch.CompletesDocuments && _carried[0] is null && documentsOfRows.Distinct().Count() == documentsOfRows.Length)
        {
            for (var m = 0; m < preconditioner.Modules.Count; m++)
            {
                var module = m;
                batch.Layers[m].ForChunks(chunkElements,
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
        var g = batch.Layers[m].Narrow(first, count).Sum().unsqueeze(0);
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

    public void Dispose() => _carried.DisposeAll();
}
