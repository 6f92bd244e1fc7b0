namespace Tda.Scoring.Methods.Measured;

/// <summary>Reads banks for a corpus and queries: what was measured of another corpus, or of other questions, is refused.</summary>
public static class BankOutcomes
{
    /// <summary>What a bank's manifest calls a query among its inputs; the value is the hash of its text.</summary>
    public static string InputOf(Query query) => RetrainingBank.QueryPrefix + query.Id;

    /// <summary>SHA-256 of a query as asked.</summary>
    public static string HashOf(Query query) =>
        Hashing.Sha256(JsonSerializer.SerializeToUtf8Bytes(query with { Label = null }, JsonDefaults.Options));

    /// <summary>The retrainings of some banks as one set of outcomes, over the queries that all of them asked.</summary>
    /// <param name="home">Where they are.</param>
    /// <param name="names">At least one.</param>
    /// <param name="corpusHash">Content hash of the corpus that is to be scored.</param>
    /// <param name="queries">What is asked; of a query that a bank knows by its id, the text must be the same. Null: not checked.</param>
    /// <exception cref="BadInputException">A bank is missing, damaged, empty, of another corpus, or asked another question: names it.</exception>
    public static RetrainingOutcomes Read(TdaHome home, IReadOnlyList<string> names, string corpusHash, IReadOnlyList<Query>? queries)
    {
        var outcomes = names.Select(name =>
        {
            var bank = RetrainingBank.Open(home.BankDirectory(name));
            var manifest = Path.Combine(bank.Directory, Manifest.FileName);
            if (bank.Manifest.InputOf(ArtifactKind.Corpus) is not var (corpus, hash) || hash != corpusHash)
            {
                throw new BadInputException(
                    manifest, "the corpus has changed since this bank was trained, or is another one",
                    remedy: "Train a bank on the corpus as it is now, with tda datamodel train, under a new name.");
            }

            if ((queries ?? []).FirstOrDefault(q => bank.Manifest.Inputs.TryGetValue(InputOf(q), out var known) && known != HashOf(q)) is { } changed)
            {
                throw new BadInputException(
                    manifest, $"query '{changed.Id}' had another text when its losses were measured",
                    remedy: "Ask what was asked then, or train a bank with the new queries under a new name.");
            }

            return bank.Outcomes();
        }).ToArray();
        return outcomes.Length == 1 ? outcomes[0] : Join(outcomes);
    }

    private static RetrainingOutcomes Join(RetrainingOutcomes[] banks)
    {
        string[] common = [.. banks[0].Queries.Where(q => banks.All(b => b.Queries.Contains(q, StringComparer.Ordinal)))];
        return banks[0] with
        {
            Queries = common,
            Kept = [.. banks.SelectMany(b => Reordered(b, banks[0].Documents))],
            Losses = [.. banks.SelectMany(b =>
            {
                var known = b.QueryPlaces();
                int[] places = [.. common.Select(q => known[q])];
                return b.Losses.Select(seeds => seeds.Select(losses => places.Select(p => losses[p]).ToArray()).ToArray());
            })],
        };
    }

    private static IEnumerable<bool[]> Reordered(RetrainingOutcomes bank, IReadOnlyList<string> documents)
    {
        if (bank.Documents.SequenceEqual(documents, StringComparer.Ordinal))
        {
            return bank.Kept;
        }

        var places = bank.DocumentPlaces();
        return bank.Kept.Select(kept => documents.Select(id => kept[places[id]]).ToArray());
    }
}
