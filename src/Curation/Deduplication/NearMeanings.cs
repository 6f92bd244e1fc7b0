using System.Numerics.Tensors;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;
using Tda.Labels.Encoders;

namespace Tda.Curation.Deduplication;

/// <summary>
/// Leaves out documents that mean what another says, by the cosine of an encoder's vectors, as in SemDeDup (Abbas et al. 2023, arXiv
/// 2303.09540), but without its clusters: every document is compared with every one that stays, so nothing is missed at a cluster's border.
/// <list type="number">
/// <item>One pass encodes the documents.</item>
/// <item>In the order in which documents are kept: one goes if its cosine with a <b>kept</b> one is at least the threshold; its twin is the
/// nearest of them.</item>
/// <item>The decisions. There is no evidence: no words need be shared.</item>
/// </list>
/// A second run removes nothing. Holds 4 bytes a number, 1.6 KB a document with all-MiniLM-L6-v2; the comparisons of N documents of which K stay
/// take some 20 ns · N · K / 2, which is less than encoding takes up to half a million documents.
/// </summary>
/// <param name="threshold">Cosine from which documents mean the same, −1 to 1.</param>
/// <param name="keep">Which document stays.</param>
/// <param name="encoder">Opens the encoder.</param>
internal sealed class NearMeanings(double threshold, KeepOptions keep, Func<ITextEncoder> encoder) : ICurationStage
{
    private const int TakenAtOnce = 64;

    private readonly Lazy<ITextEncoder> _encoder = new(encoder);

    /// <summary>How plans name it.</summary>
    public static StageKind Kind { get; } = new(
        "semantic",
        "Leaves out documents that mean what another says, by a sentence encoder.",
        $"threshold 0.9, {KeepOptions.Help}",
        (options, services) => new NearMeanings(options.Number("threshold", .9, 0, 1), KeepOptions.Read(options), services.Encoder));

    public string Rule => FormattableString.Invariant($"semantic: cosine by {_encoder.Value.Name} ≥ {threshold}; {keep.InWords}");

    public IReadOnlyDictionary<string, string> Inputs { get; } = new Dictionary<string, string>();

    /// <summary>Threads of the comparisons.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    public IEnumerable<Decision> Decide(StageDocuments documents, StageContext context)
    {
        // 1. Vectors.
        var order = KeepOrder.Of(keep, documents.Count);
        var texts = documents.Pass(context, "semantic: encoding").Select((document, index) =>
        {
            order.Note(index, document);
            return document.Text;
        });
        float[][] vectors = [.. _encoder.Value.Encode(texts, context.Cancellation)];

        // 2. Who stays.
        var twins = Walk(order.Sorted(), vectors, context);

        // 3. Decisions.
        return twins.Decisions(order.Ids, new Decision("", CurationAction.Drop, Rule) { Reason = "meaning", Threshold = threshold });
    }

    /// <summary>Block by block: first against all that were kept before the block, on several threads; then, in turn, against those kept in it.</summary>
    private TwinList Walk(int[] sorted, float[][] vectors, StageContext context)
    {
        var twins = new TwinList(sorted.Length);
        var kept = new List<int>();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Threads, CancellationToken = context.Cancellation };
        using var task = context.Progress.Start("semantic: comparing", sorted.Length, "documents");
        var done = 0;
        foreach (var block in sorted.Chunk(TakenAtOnce))
        {
            var nearest = new (int Document, float Cosine)[block.Length];
            nearest.AsSpan().Fill((-1, float.NegativeInfinity));
            var before = kept.Count;
            var share = (block.Length + Threads - 1) / Threads;
            Parallel.For(0, Threads, parallel, thread => Compare(vectors, kept, block, nearest, Math.Min(thread * share, block.Length), Math.Min((thread + 1) * share, block.Length)));
            for (var i = 0; i < block.Length; i++)
            {
                foreach (var other in kept.Skip(before))
                {
                    Nearer(ref nearest[i], other, TensorPrimitives.Dot<float>(vectors[other], vectors[block[i]]));
                }

                if (nearest[i].Cosine >= threshold)
                {
                    twins.Drop(block[i], nearest[i].Document, nearest[i].Cosine);
                }
                else
                {
                    kept.Add(block[i]);
                }
            }

            task.Report(done += block.Length);
        }

        return twins;
    }

    private static void Compare(float[][] vectors, List<int> kept, int[] block, (int, float)[] nearest, int from, int to)
    {
        foreach (var other in kept)
        {
            var vector = vectors[other]; // read once for the whole block, whose vectors stay in the cache
            for (var i = from; i < to; i++)
            {
                Nearer(ref nearest[i], other, TensorPrimitives.Dot<float>(vector, vectors[block[i]]));
            }
        }
    }

    /// <summary>Of equally near ones the first in the order.</summary>
    private static void Nearer(ref (int Document, float Cosine) nearest, int other, float cosine)
    {
        if (cosine > nearest.Cosine)
        {
            nearest = (other, cosine);
        }
    }
}
