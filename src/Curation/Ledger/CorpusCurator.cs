using Tda.Curation.Plans;

namespace Tda.Curation.Ledger;

/// <summary>
/// Makes a curated corpus from a corpus, a plan and reviewers' overrides:
/// <list type="number">
/// <item>Open and check the source corpus.</item>
/// <item>Decide, stage by stage; what each stage decided is kept, so that a killed run goes on at the stage that wasn't finished.</item>
/// <item>Write the documents that stay, and note every decision in the ledger.</item>
/// <item>Commit documents, mask.jsonl, weights.jsonl, ledger.jsonl, curation.json, plan.yaml and manifest at once.</item>
/// </list>
/// The source corpus is only read. Memory grows with the documents' number, not with their texts.
/// </summary>
public static class CorpusCurator
{
    /// <exception cref="UsageException">The output is the source, exists already, or the source is itself masked or weighed.</exception>
    /// <exception cref="BadInputException">A file is damaged, a decision doesn't fit the corpus, or a stage drops more than it may.</exception>
    public static CurateResult Run(CurateOptions options, TimeProvider time, IProgressSink progress, CancellationToken cancellation)
    {
        using var staged = Decide(options, time, progress, cancellation);
        return staged.Stopped is { } stopped ? throw stopped : Write(staged, options, time, progress, cancellation);
    }

    /// <summary>Steps 1 and 2 alone, which make nothing: what a dry run shows. The run after it needn't repeat them.</summary>
    /// <inheritdoc cref="Run"/>
    public static StagedCuration Decide(CurateOptions options, TimeProvider time, IProgressSink progress, CancellationToken cancellation)
    {
        // 1. Inputs.
        var source = Path.GetFullPath(options.CorpusDirectory);
        if (options.OutputDirectory is { } output)
        {
            if (source == Path.GetFullPath(output))
            {
                throw new UsageException($"The curated corpus would replace its source {options.CorpusDirectory}. Choose another name.");
            }

            ArtifactDirectory.RequireFree(output, options.Replace);
        }

        var corpus = Corpus.Open(source);
        RefuseCurated(corpus);

        // 2. Decisions.
        var identity = $"{source}\n{options.Plan.Identity}";
        var journal = StageJournal.Open(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(source))!, identity, time, progress);
        try
        {
            return StagedCuration.Run(corpus, options, journal, new StageContext(progress, cancellation));
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Steps 3 and 4.</summary>
    /// <inheritdoc cref="Run"/>
    public static CurateResult Write(StagedCuration staged, CurateOptions options, TimeProvider time, IProgressSink progress, CancellationToken cancellation)
    {
        // 3. Documents and ledger.
        using var output = new CuratedCorpusWriter(staged, options, time);
        using (var task = progress.Start("writing", staged.Corpus.Count, "documents"))
        {
            var done = 0;
            foreach (var document in staged.Corpus.Documents())
            {
                cancellation.ThrowIfCancellationRequested();
                output.Add(document);
                task.Report(++done);
            }
        }

        // 4. All at once.
        var result = output.Commit();
        staged.Finish();
        return result;
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
}

/// <summary>What <see cref="CorpusCurator"/> needs.</summary>
public sealed record CurateOptions
{
    /// <summary>Directory of the corpus to curate; it is never changed.</summary>
    public required string CorpusDirectory { get; init; }

    /// <summary>Directory of the curated corpus; null where nothing is to be written.</summary>
    public string? OutputDirectory { get; init; }

    /// <summary>The stages.</summary>
    public required PlanFile Plan { get; init; }

    /// <summary>File of reviewers' overrides; null = none.</summary>
    public string? OverridesPath { get; init; }

    /// <summary>Reviewers' decisions as they stand in a store, beside those of the file; null = none.</summary>
    public StandingDecisions? Decisions { get; init; }

    /// <summary>Whether a corpus that stands at <see cref="OutputDirectory"/> may be replaced.</summary>
    public bool Replace { get; init; }

    /// <summary>Whether the plan may drop every document; by default it is stopped at the stage that does.</summary>
    public bool AllowEmpty { get; init; }

    /// <summary>The command line, for the manifest.</summary>
    public string Command { get; init; } = "";
}

/// <summary>The curated corpus and what became of the documents.</summary>
/// <param name="Corpus">The curated corpus.</param>
/// <param name="Summary">What each stage did.</param>
public sealed record CurateResult(Corpus Corpus, CurationSummary Summary);
