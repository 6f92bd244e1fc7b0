using FsCheck;
using FsCheck.Fluent;
using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Curation.Tests.Deduplication;

/// <summary>Small corpora in which many documents are edits of others, and the run of a stage over them.</summary>
internal static class Duplicated
{
    /// <summary>Up to 24 documents of up to 40 words of a vocabulary of 30; two thirds are edits of an earlier one.</summary>
    public static Gen<Document[]> Corpora { get; } =
        from seed in Gen.Choose(0, int.MaxValue)
        from count in Gen.Choose(1, 24)
        select Make(seed, count);

    public static Document[] Make(int seed, int count)
    {
        var random = new Random(seed);
        var texts = new List<string[]>();
        for (var i = 0; i < count; i++)
        {
            texts.Add(i == 0 || random.Next(3) == 0
                ? [.. Enumerable.Range(0, random.Next(40)).Select(_ => $"w{random.Next(30)}")]
                : Edit(texts[random.Next(i)], random));
        }

        return [.. texts.Select((words, i) => new Document($"{random.Next(1000)}-{i}", random.Next(2) == 0 ? "mail" : "web", string.Join(' ', words)))];
    }

    public static List<Decision> Run(this ICurationStage stage, IReadOnlyCollection<Document> documents) =>
        [.. stage.Decide(StageDocuments.Of(documents), new StageContext(NullProgress.Instance, TestContext.Current.CancellationToken))];

    /// <summary>The documents that the decisions leave.</summary>
    public static Document[] Without(this IEnumerable<Document> documents, IEnumerable<Decision> decisions)
    {
        var gone = decisions.Where(decision => decision.Action == CurationAction.Drop).Select(decision => decision.Id).ToHashSet();
        return [.. documents.Where(document => !gone.Contains(document.Id))];
    }

    private static string[] Edit(string[] words, Random random)
    {
        var edited = words.ToList();
        for (var edits = random.Next(4); edits > 0; edits--)
        {
            var at = random.Next(edited.Count + 1);
            if (random.Next(2) == 0 || at == edited.Count)
            {
                edited.Insert(at, $"w{random.Next(30)}");
            }
            else
            {
                edited.RemoveAt(at);
            }
        }

        return [.. edited];
    }
}
