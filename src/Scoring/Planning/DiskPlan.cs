using Tda.Core.Arrays;
using Tda.Scoring.Attribution.Sessions;
using Tda.Scoring.Index.Shards;

namespace Tda.Scoring.Planning;

/// <summary>
/// The bytes of files, counted from shapes and rows as they will be written, headers too. Not counted: manifests, queries, and what documents
/// without a finite gradient take away and are named with.
/// </summary>
internal static class DiskPlan
{
    private const double TypicalFigure = 1 / 3.0;
    private const string TypicalId = "query-of-this-length";

    /// <summary>EK-FAC: factors in single precision, both passes' sums in double.</summary>
    public static long Ekfac(IReadOnlyList<ModuleShape> modules, EkfacOptions fit, CorpusRows rows) =>
        SafetensorsWriter.LengthOf(
            modules.SelectMany(m => FactorShapes.Factors(m, fit)).Select(f => Single(f.Name, f.Shape)),
            FactorFile.Metadata(rows.LabelTokens, rows.RowCount, null))
        + SafetensorsWriter.LengthOf(
            modules.SelectMany(m => FactorShapes.Sums(m, fit)).Select(s => Double(s.Name, s.Shape)),
            FactorFile.Metadata(rows.LabelTokens, 0, rows.DocumentCount))
        + SafetensorsWriter.LengthOf(
            modules.Select(m => Double(m.Name + ".lambda", m.Outputs, m.Columns)), FactorFile.Metadata(0, rows.RowCount, rows.DocumentCount));

    /// <summary>LoGra or LoRIF: projections, shards with the files beside them, curvature.</summary>
    public static long Logra(PlanOptions options, StoreLayout layout, IReadOnlyList<ModuleShape> modules, CorpusRows rows, long lines) =>
        lines + Projections(modules, layout) + Curvature(options, layout, modules, rows) + Shards(options, layout, rows);

    /// <summary>The lists of rows.</summary>
    public static long Lines(CorpusRows rows)
    {
        long bytes = 0;
        var (document, first) = (-1, 1);
        for (var r = 0; r < rows.RowCount; r++)
        {
            first = rows.DocumentOf(r) == document ? first : 1;
            document = rows.DocumentOf(r);
            bytes += Line(new IndexRow(rows.IdOf(document), document, first, rows.PositionsOf(r)));
            first += rows.PositionsOf(r);
        }
        return bytes;
    }

    /// <summary>
    /// A run's ranking, whose lines are as long as these when ids, sources and figures are: mostly so, but it isn't known before which
    /// documents they name.
    /// </summary>
    /// <param name="queries">Queries, each with a ranking.</param>
    /// <param name="top">Documents in each.</param>
    /// <param name="rows">The corpus.</param>
    public static long Ranking(int queries, int top, CorpusRows rows)
    {
        var ranked = Math.Min(top, rows.DocumentCount);
        var (bytes, stride) = (0L, Math.Max(1, rows.DocumentCount / Math.Max(1, ranked)));
        for (var rank = 1; rank <= ranked; rank++)
        {
            var document = (rank - 1) * stride;
            bytes += Line(new DocumentScore(rows.IdOf(document), rows.Sources[document], TypicalFigure, TypicalFigure, rank)
            {
                Query = TypicalId,
                Name = rows.IdOf(document),
                Z = TypicalFigure,
                UncalibratedNats = TypicalFigure,
            });
        }

        return queries * bytes;
    }

    /// <summary>A run's scores with the list of what was scored.</summary>
    public static long Scores(int queries, CorpusRows rows)
    {
        var bytes = NpyFile.LengthOf<float>(true, queries, rows.DocumentCount);
        for (var d = 0; d < rows.DocumentCount; d++)
        {
            bytes += Line(new ScoreRow(rows.IdOf(d), rows.Sources[d], 1, rows.SequenceLength(d)));
        }

        return bytes;
    }

    private static long Projections(IReadOnlyList<ModuleShape> modules, StoreLayout layout) => SafetensorsWriter.LengthOf(
        modules.Zip(layout.Modules).SelectMany(x => (SafetensorsTensor[])
        [
            Double(x.First.Name + ".input_projection", x.Second.Input, x.First.Columns),
            Double(x.First.Name + ".output_projection", x.Second.Output, x.First.Outputs),
        ]));

    private static long Curvature(PlanOptions options, StoreLayout layout, IReadOnlyList<ModuleShape> modules, CorpusRows rows)
    {
        var named = modules.Zip(layout.Modules, (m, ranks) => (m.Name, ranks.Length));
        if (layout.Storage != StorageType.Lorif)
        {
            return SafetensorsWriter.LengthOf(
                named.Select(m => Double(m.Name + ".curvature", m.Length, m.Length)),
                FactorFile.Metadata(0, rows.RowCount, rows.DocumentCount));
        }

        return SafetensorsWriter.LengthOf(named.SelectMany(m =>
        {
            var kept = Math.Min(options.CurvatureRank, m.Length);
            return (SafetensorsTensor[])
                [Double(m.Name + ".vectors", m.Length, kept), Double(m.Name + ".values", kept), Double(m.Name + ".trace", 1)];
        }).Prepend(Double("rows", 1)));
    }

    private static long Shards(PlanOptions options, StoreLayout layout, CorpusRows rows)
    {
        var counts = new long[(rows.DocumentCount + options.ShardDocuments - 1) / options.ShardDocuments];
        for (var r = 0; r < rows.RowCount; r++)
        {
            counts[rows.DocumentOf(r) / options.ShardDocuments]++;
        }

        long bytes = 0;
        for (var s = 0; s < counts.Length; s++)
        {
            bytes += layout.Storage switch
            {
                StorageType.Float16 => NpyFile.LengthOf<Half>(true, counts[s], layout.Numbers),
                StorageType.Int8 => NpyFile.LengthOf<sbyte>(true, counts[s], layout.Numbers),
                _ => NpyFile.LengthOf<float>(true, counts[s], layout.Numbers),
            };
            bytes += NpyFile.LengthOf<int>(false, counts[s]) + NpyFile.LengthOf<uint>(false, counts[s]);
            if (layout.ScaleCount > 0)
            {
                bytes += NpyFile.LengthOf<float>(false, counts[s], layout.ScaleCount);
            }

            if (layout.Storage != StorageType.Float32 && s < LograShardWriter.SampledShards)
            {
                bytes += NpyFile.LengthOf<float>(false, Math.Min(LograShardWriter.SampleRows, counts[s]), layout.Length);
            }
        }
        return bytes;
    }

    private static int Line<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, JsonDefaults.Options).Length + 1;

    private static SafetensorsTensor Single(string name, params long[] shape) => new(name, "F32", shape, _ => { });

    private static SafetensorsTensor Double(string name, params long[] shape) => new(name, "F64", shape, _ => { });
}
