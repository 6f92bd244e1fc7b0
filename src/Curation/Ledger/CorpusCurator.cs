namespace Tda.Curation.Ledger;

/// <summary>
/// Makes a curated corpus from a corpus, a plan and reviewers' overrides:
/// <list type="number">
/// <item>Open and check the source corpus and the overrides.</item>
/// <item>Decide on each document in turn; write it, or leave it out; note every touched one in the ledger.</item>
/// <item>Refuse decisions on documents that the corpus does not have: they belong to another corpus.</item>
/// <item>Commit documents, mask.jsonl, weights.jsonl, ledger.jsonl and manifest at once.</item>
/// </list>
/// The source corpus is only read. Memory grows with the decisions, not with the documents' texts.
/// </summary>
public static class CorpusCurator
{
    /// <exception cref="UsageException">The output is the source, exists already, or the source is itself masked or weighed.</exception>
    /// <exception cref="BadInputException">A file is damaged, or a decision does not fit the corpus.</exception>
    public static CurateResult Run(CurateOptions options, TimeProvider time, IProgressSink progress, CancellationToken cancellation)
    {
        // 1. Inputs.
        if (Path.GetFullPath(options.CorpusDirectory) == Path.GetFullPath(options.OutputDirectory))
        {
            throw new UsageException($"The curated corpus would replace its source {options.CorpusDirectory}. Choose another name.");
        }

        var corpus = Corpus.Open(options.CorpusDirectory);
        RefuseCurated(corpus);
        var overrides = options.OverridesPath is { } path ? Overrides.Read(path) : new Dictionary<string, ReviewerOverride>();

        // 2. Documents.
        using var output = new CuratedCorpusWriter(options, time);
        var unmet = options.Plan.Decisions.Select(d => d.Id).Concat(overrides.Keys).ToHashSet(StringComparer.Ordinal);
        using (var task = progress.Start("curating", corpus.Count, "documents"))
        {
            var done = 0;
            foreach (var document in corpus.Documents())
            {
                cancellation.ThrowIfCancellationRequested();
                unmet.Remove(document.Id);
                output.Add(document, options.Plan.For(document.Id), overrides.GetValueOrDefault(document.Id));
                task.Report(++done);
            }
        }

        // 3. Decisions on documents that are not here.
        RefuseUnmet(unmet, corpus, options, overrides);

        // 4. All at once.
        return output.Commit(corpus);
    }

    /// <summary>A second mask over a first would need both tokenizers; decide on the original corpus instead.</summary>
    private static void RefuseCurated(Corpus corpus)
    {
        string[] own = [CurationFiles.Mask, CurationFiles.Weights];
        if (own.FirstOrDefault(corpus.Manifest.Outputs.ContainsKey) is { } file)
        {
            throw new UsageException($"{corpus.Directory} is a curated corpus with a {file} of its own. Curate the corpus that it was made from.");
        }
    }

    private static void RefuseUnmet(
        HashSet<string> unmet, Corpus corpus, CurateOptions options, IReadOnlyDictionary<string, ReviewerOverride> overrides)
    {
        if (unmet.Count == 0)
        {
            return;
        }

        var first = unmet.Order(StringComparer.Ordinal).First();
        var where = overrides.ContainsKey(first) ? options.OverridesPath! : options.Plan.Where;
        throw new BadInputException(
            where,
            $"it decides on {unmet.Count} documents that the corpus {corpus.Name} does not have, such as {first}",
            remedy: "Use the corpus that the run was made with.");
    }
}

/// <summary>What <see cref="CorpusCurator"/> needs.</summary>
public sealed record CurateOptions
{
    /// <summary>Directory of the corpus to curate; it is never changed.</summary>
    public required string CorpusDirectory { get; init; }

    /// <summary>Directory of the curated corpus.</summary>
    public required string OutputDirectory { get; init; }

    /// <summary>What the rules decided.</summary>
    public required CurationPlan Plan { get; init; }

    /// <summary>File of reviewers' overrides; null = none.</summary>
    public string? OverridesPath { get; init; }

    /// <summary>The run that the plan comes from: the hash of its manifest goes into the curated corpus's manifest.</summary>
    public string? RunDirectory { get; init; }

    /// <summary>Whether a corpus that stands at <see cref="OutputDirectory"/> may be replaced.</summary>
    public bool Replace { get; init; }

    /// <summary>The command line, for the manifest.</summary>
    public string Command { get; init; } = "";
}

/// <summary>The curated corpus and what became of the documents.</summary>
/// <param name="Corpus">The curated corpus.</param>
/// <param name="Read">Documents of the source corpus.</param>
/// <param name="Dropped">Documents left out.</param>
/// <param name="Masked">Documents with masked tokens.</param>
/// <param name="MaskedTokens">Masked label tokens.</param>
/// <param name="Weighed">Documents with a weight.</param>
/// <param name="Overridden">Documents that a reviewer decided on.</param>
public sealed record CurateResult(Corpus Corpus, int Read, int Dropped, int Masked, long MaskedTokens, int Weighed, int Overridden);
