using Tda.ProxyTrainer.Models;
using Tda.Scoring.Curvature;
using Tda.Scoring.Gradients;
using Tda.Scoring.Index;
using Tda.Scoring.Index.Shards;

namespace Tda.Cli.Verbs;

/// <summary>`tda index`: makes an index; `append`, `delete`, `compact` and `verify` care for a finished one.</summary>
internal static class IndexVerb
{
    private const int BatchTokens = 2048; // as an index is made with

    private static readonly Option<string> Surrogate = CliOption.Required("--surrogate", "S", "Surrogate");
    private static readonly Option<string> CorpusName = CliOption.Required("--corpus", "C", "Candidate corpus");
    private static readonly Option<string> Name = CliOption.Required("--name", "I", "The index's name");
    private static readonly Option<IndexMethod?> Kind = EnumOption.Of<IndexMethod>("--method", "What the index is for", IndexMethod.Ekfac);
    private static readonly Option<ModelParameters?> Parameters = EnumOption.Of<ModelParameters>("--parameters",
        "Of a surrogate with adapters: attribute to the adapters' parameters (default), which alone were trained, or to the weights with them merged in", null);
    private static readonly Option<LayerScope?> Track = JobCost.Track();
    private static readonly Option<int> VocabularyBasis = CliOption.Default("--vocabulary-basis", "V",
        "EK-FAC, --track head or all: the widest vocabulary whose covariance is decomposed; a wider one keeps its tokens as axes",
        EkfacOptions.DefaultVocabularyBasis).Within(0, 100_000);
    private static readonly Option<int> Rank = CliOption.Default("--rank", "R", "LoGra: rank per side", 16).Within(1, 4096);
    private static readonly Option<ProjectionKind?> Projection =
        EnumOption.Of<ProjectionKind>("--projection", "LoGra: kind of projection", ProjectionKind.Random);
    private static readonly Option<StorageType?> Storage =
        EnumOption.Of<StorageType>("--storage", "LoGra: how projected gradients are kept", StorageType.Float32);
    private static readonly Option<int> FactorRank = CliOption.Default("--factor-rank", "C",
        "--storage lorif: factors kept of each row and layer", 1).Within(1, 4096);
    private static readonly Option<int> CurvatureRank = CliOption.Default("--curvature-rank", "R",
        "--storage lorif: directions kept of each layer's curvature", 64).Within(1, 65_536);
    private static readonly Option<int> ShardDocuments = CliOption.Default("--shard-documents", "N",
        "Documents of a new shard; a killed run loses at most one shard", 4096).Within(1, 1_000_000);
    private static readonly Option<int> CovarianceTokens = CliOption.Default("--covariance-tokens", "N",
        "EK-FAC: covariances over a sample of documents with this many tokens for each column of the widest; 0: all",
        IndexOptions.DefaultCovarianceTokens).Within(0, 1_000_000);
    private static readonly Option<int> Kept = CliOption.Default("--kept-mib", "MIB",
        "EK-FAC: memory for batches that the second pass would capture again, in MiB; 0: none", IndexOptions.DefaultKeptMebibytes).Within(0, 1 << 20);
    private static readonly Option<bool> FromTraining = CliOption.Flag("--factors-from-training",
        "EK-FAC: take the eigenbases that distill --optimizer spectral_shampoo kept, instead of a pass for covariances");
    private static readonly Option<double> Share = CliOption.Default("--fit-share", "S",
        "EK-FAC: share of documents the factors are fitted on", 1.0);
    private static readonly Option<int> Seed = CliOption.Optional<int>("--seed", "N", "Seed of sampled labels and projections");
    private static readonly Option<bool> Replace = CliOption.Flag("--replace", "Replace what has this name");

    private static readonly Option<int> ShardRows = CliOption.Default("--shard-rows", "N", "Rows from which on a shard is full", 4096);
    private static readonly Option<string[]> Ids = new("--ids")
    { Description = "Documents to delete", HelpName = "ID", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string?> IdFile = CliOption.Text("--ids-file", "FILE", "A file with an id a line");
    private static readonly Option<bool> KeepCurvature = CliOption.Flag("--keep-curvature", "Leave the deleted documents in the curvature");
    private static readonly Option<bool> SetApart = CliOption.Flag("--set-apart",
        "Empty damaged shards and record their documents as excluded, so that the others can be used");

    public static Command Build()
    {
        var index = CommandExtensions.Verb("index",
            "Makes an index of a corpus under a surrogate: EK-FAC factors, or LoGra's projected gradients. Goes on where a stopped run "
            + "left off.",
            "tda index --surrogate small --corpus mail --name mail-small --method logra --rank 16",
            Surrogate, CorpusName, Name, Kind, Parameters, Track, Rank, Projection, Storage, FactorRank, CurvatureRank, ShardDocuments, Share, CovarianceTokens,
            FromTraining, VocabularyBasis, Kept, Seed, Replace, JobCost.Yes).Runs(MakeAsync).Resumes()
            .Grouped("LoGra", Rank, Projection, Storage, FactorRank, CurvatureRank, ShardDocuments)
            .Grouped("EK-FAC", Share, CovarianceTokens, FromTraining, VocabularyBasis, Kept);
        foreach (var change in Changes())
        {
            index.Subcommands.Add(change);
        }

        return index;
    }

    /// <summary>What is done to a finished index.</summary>
    private static IReadOnlyList<Command> Changes() =>
    [
        CommandExtensions.Verb("append", "Adds the new documents of a corpus that has grown; existing shards stay.",
            "tda index append --name mail-small", Name, ShardDocuments).Runs(Append).Resumes(),
        CommandExtensions.Verb("delete", "Deletes documents: later runs name them as excluded, and the curvature is the mean over the others.",
            "tda index delete --name mail-small --ids 4f2a", Name, Ids, IdFile, KeepCurvature).Runs(Delete).Resumes(),
        CommandExtensions.Verb("compact", "Writes the shards anew without deleted documents, and full where appending left small ones.",
            "tda index compact --name mail-small", Name, ShardRows).Runs(Compact).Resumes(),
        CommandExtensions.Verb("verify", "Checks every file and row; says which shard is damaged, where, and how.",
            "tda index verify --name mail-small", Name, SetApart).Runs(Verify),
    ];

    private static async Task<int> MakeAsync(VerbContext context)
    {
        context.ConfigureEngine();
        var (kind, storage) = (context.Get(Kind)!.Value, context.Get(Storage)!.Value);
        ArtifactDirectory.RequireFree(context.Home.IndexDirectory(context.Get(Name)), context.Get(Replace));
        await JobCost.AnnounceAsync(
            context, context.Get(Surrogate), context.Get(CorpusName), context.Home.IndexDirectory(context.Get(Name)),
            kind == IndexMethod.Ekfac ? "index ekfac" : storage == StorageType.Lorif ? "index lorif" : $"index logra {storage.ToString().ToLowerInvariant()}",
            options => options with
            {
                Parameters = context.Get(Parameters),
                Track = context.Get(Track)!.Value,
                VocabularyBasis = context.Get(VocabularyBasis),
                Rank = context.Get(Rank),
                FactorRank = context.Get(FactorRank),
                CurvatureRank = context.Get(CurvatureRank),
                ShardDocuments = context.Get(ShardDocuments),
                CovarianceTokens = context.Get(CovarianceTokens),
                FactorsFromTraining = context.Get(FromTraining),
                KeptMebibytes = context.Get(Kept),
            });
        return Done(context, Indexer.Run(
            new IndexOptions
            {
                Home = context.Home,
                Surrogate = context.Get(Surrogate),
                Corpus = context.Get(CorpusName),
                Name = context.Get(Name),
                Method = context.Get(Kind)!.Value,
                Parameters = context.Get(Parameters),
                Track = context.Get(Track)!.Value,
                VocabularyBasis = context.Get(VocabularyBasis),
                Rank = context.Get(Rank),
                Projection = context.Get(Projection)!.Value,
                Storage = context.Get(Storage)!.Value,
                FactorRank = context.Get(FactorRank),
                CurvatureRank = context.Get(CurvatureRank),
                ShardDocuments = context.Get(ShardDocuments),
                FitShare = context.Get(Share),
                CovarianceTokens = context.Get(CovarianceTokens),
                FactorsFromTraining = context.Get(FromTraining),
                KeptMebibytes = context.Get(Kept),
                Seed = context.Get(Seed),
                Replace = context.Get(Replace),
            },
            context.Progress, TimeProvider.System, context.Cancel));
    }

    private static int Append(VerbContext context)
    {
        context.ConfigureEngine();
        return Done(context, IndexAppender.Run(
            context.Home, context.Get(Name), context.Get(ShardDocuments), BatchTokens,
            context.Progress, TimeProvider.System, context.Cancel));
    }

    private static int Delete(VerbContext context)
    {
        context.ConfigureEngine();
        IEnumerable<string> ids = context.Get(Ids) ?? [];
        if (context.Get(IdFile) is { } file)
        {
            if (!File.Exists(file))
            {
                throw new BadInputException(file, FileFault.Describe(file, new FileNotFoundException()));
            }

            ids = ids.Concat(File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0));
        }
        return Done(context, IndexDeleter.Run(
            context.Home, context.Get(Name), [.. ids], !context.Get(KeepCurvature), context.Progress, TimeProvider.System, context.Cancel));
    }

    private static int Compact(VerbContext context) => Done(context, IndexCompacter.Run(
        context.Home, context.Get(Name), context.Get(ShardRows), context.Progress, TimeProvider.System, context.Cancel));

    private static int Verify(VerbContext context)
    {
        if (context.Get(SetApart))
        {
            return Done(context, IndexVerifier.SetApart(context.Home, context.Get(Name), context.Progress, TimeProvider.System, context.Cancel));
        }

        var result = IndexVerifier.Run(context.Home, context.Get(Name), context.Progress, context.Cancel);
        context.Done(result, console => console.WriteLine(
            $"{result.Directory}: {result.Files:N0} files, {result.Shards:N0} shards, {result.Rows:N0} rows checked; "
                + $"{result.Faults.Count} damaged"));
        if (result.Faults.Count == 0)
        {
            return 0;
        }

        foreach (var fault in result.Faults.Skip(1))
        {
            context.Progress.Message($"{fault.Path}{(fault.Offset is { } at ? $" (byte {at})" : "")}: {fault.Reason}");
        }

        var first = result.Faults[0];
        throw new BadInputException(first.Path, first.Reason, first.Offset,
            first.Shard < 0 ? "Make the index again with tda index." : "Set it apart with tda index verify --set-apart, or make the index again.");
    }

    private static int Done(VerbContext context, IndexResult result) => context.Done(result, console =>
    {
        console.WriteLine($"{result.Directory}: {result.Documents:N0} documents, {result.Rows:N0} rows, {result.Tokens:N0} tokens, "
            + $"{result.Excluded:N0} set apart");
        foreach (var note in result.Notes)
        {
            console.WriteLine(note);
        }
    });
}
