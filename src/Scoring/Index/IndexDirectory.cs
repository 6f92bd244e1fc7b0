using Tda.ProxyTrainer.Models;
using Tda.Scoring.Index.Shards;
using Tda.Scoring.Methods.Projected;

namespace Tda.Scoring.Index;

/// <summary>A finished index on disk.</summary>
public sealed class IndexDirectory
{
    internal const string Format = "tda.index";
    internal const int Version = 2;
    internal const string FactorsFile = "factors.safetensors";
    internal const string CovariancesFile = "covariances.safetensors";
    internal const string EigenvaluesFile = "eigenvalues.safetensors";
    internal const string ProjectionsFile = "projections.safetensors";
    internal const string CurvatureFile = "curvature.safetensors";
    internal const string ExcludedFile = "excluded.jsonl";
    internal const string WoodburyFile = "woodbury.safetensors";
    internal const string DeletedFile = "deleted.jsonl";
    private const string MakeAgain = "Make the index again with tda index.";

    private readonly HashSet<string> _verified = new(StringComparer.Ordinal);

    private IndexDirectory(OpenedArtifact artifact, IndexInfo info) => (Artifact, Info) = (artifact, info);

    /// <summary>Where it is.</summary>
    public string Directory => Artifact.Directory;

    /// <summary>What its manifest says.</summary>
    public IndexInfo Info { get; }

    /// <summary>The manifest and its hashes.</summary>
    internal OpenedArtifact Artifact { get; }

    /// <summary>
    /// Opens an index. That takes no time that grows with its rows: factors, projections and curvature are checked by their hashes, of
    /// shards only shapes and lengths; rows are checked by their checksums as they are read. <c>tda index verify</c> checks all.
    /// </summary>
    /// <param name="directory">The index's directory.</param>
    /// <param name="verify">False: only whether every file is there is checked now; the rest when it is read.</param>
    /// <exception cref="BadInputException">It isn't an index, or a file is missing, truncated or damaged: says which.</exception>
    public static IndexDirectory Open(string directory, bool verify = true)
    {
        var artifact = ArtifactDirectory.Open(directory, Format, Version, verifyHashes: false);
        var manifest = Path.Combine(directory, Manifest.FileName);
        if (artifact.Manifest.Version < Version)
        {
            throw new BadInputException(manifest, $"version {artifact.Manifest.Version} of '{Format}' is no longer read", remedy: MakeAgain);
        }

        var opened = new IndexDirectory(artifact, JsonFile.Part<IndexInfo>(artifact.Manifest.Details, manifest, "details", MakeAgain));
        foreach (var file in (string[])[FactorsFile, ProjectionsFile, CurvatureFile, WoodburyFile])
        {
            if (verify && artifact.Manifest.Outputs.ContainsKey(file))
            {
                opened.Checked(file);
            }
        }

        for (var s = 0; verify && opened.Info.Method == IndexMethod.Logra && s < opened.Info.Shards; s++)
        {
            using var shard = new StoredShard(opened.Directory, s, opened.Layout());
        }

        return opened;
    }

    /// <summary>The EK-FAC factors.</summary>
    /// <exception cref="UsageException">The index holds something else.</exception>
    public EkfacFactors Factors()
    {
        Require(IndexMethod.Ekfac);
        return FactorFile.Load(Checked(FactorsFile), Info.Modules);
    }

    /// <summary>The projected gradients.</summary>
    /// <exception cref="UsageException">The index holds something else.</exception>
    public LograIndex Gradients()
    {
        Require(IndexMethod.Logra);
        return new LograIndex(Directory, Info.Shards, Layout(), Deleted().Select(d => d.Document), Artifact.Manifest.Outputs);
    }

    /// <summary>Documents that were deleted from the index.</summary>
    public IReadOnlyList<DeletedDocument> Deleted() =>
        Artifact.Manifest.Outputs.ContainsKey(DeletedFile) ? [.. JsonLines.Read<DeletedDocument>(Checked(DeletedFile))] : [];

    /// <summary>The layout of its rows.</summary>
    internal StoreLayout Layout() => new(Info.Ranks, Info.Storage ?? StorageType.Float32, Info.FactorRank ?? 1);

    /// <summary>The projections.</summary>
    /// <exception cref="UsageException">The index holds something else.</exception>
    public Projector Projector(ScalarType dtype, Device device)
    {
        Require(IndexMethod.Logra);
        return ProjectionFile.Load(Checked(ProjectionsFile), Info.Modules, dtype, device);
    }

    /// <summary>(C + λI)⁻¹ on projected gradients, λ a multiple of each module's mean eigenvalue.</summary>
    /// <returns>The solver, and the rows that the curvature is a mean over.</returns>
    /// <exception cref="UsageException">The index holds something else.</exception>
    public (ProjectedSolver Solver, long Rows) Solver(Projector projector, double dampingFactor)
    {
        Require(IndexMethod.Logra);
        if (Info.Storage == StorageType.Lorif)
        {
            using var woodbury = WoodburyCurvature.Load(Checked(WoodburyFile), projector);
            return (new LorifSolver(projector, woodbury, dampingFactor), woodbury.Rows);
        }
        using var curvature = new LograCurvature(projector, FactorFile.LoadSums(Checked(CurvatureFile)).Sums);
        return (curvature.Solver(new Damping(dampingFactor)), curvature.Rows);
    }

    /// <summary>The path of a file whose hash was compared.</summary>
    /// <exception cref="BadInputException">It is missing, changed or damaged.</exception>
    internal string Checked(string name)
    {
        if (!_verified.Contains(name))
        {
            Artifact.Verify(name);
            _verified.Add(name);
        }

        return Artifact.PathOf(name);
    }

    /// <summary>Refuses a method that needs an index of another kind.</summary>
    /// <exception cref="UsageException">Names both.</exception>
    public void Require(IndexMethod method)
    {
        if (Info.Method != method)
        {
            throw new UsageException(
                $"Index {Path.GetFileName(Directory)} was made with --method {Info.Method.ToString().ToLowerInvariant()}, " +
                $"but this needs --method {method.ToString().ToLowerInvariant()}. Make another index with tda index.");
        }
    }
}

/// <summary>What an index's manifest says of it, under <c>details</c>.</summary>
public sealed record IndexInfo
{
    /// <summary>What it holds.</summary>
    public required IndexMethod Method { get; init; }

    /// <summary>Name of the surrogate.</summary>
    public required string Surrogate { get; init; }

    /// <summary>SHA-256 of the surrogate's weights.</summary>
    public required string SurrogateHash { get; init; }

    /// <summary>Which of its parameters are attributed; null: it has no adapters.</summary>
    public ModelParameters? Parameters { get; init; }

    /// <summary>Which layers are tracked. Indexes from before there was a choice track the blocks'.</summary>
    public LayerScope Track { get; init; }

    /// <summary>How much of the surrogate that is; null in indexes from before it was counted.</summary>
    public ParameterCoverage? Coverage { get; init; }

    /// <summary>Hash of the surrogate's tokenizer.</summary>
    public required string TokenizerHash { get; init; }

    /// <summary>Name of the corpus.</summary>
    public required string Corpus { get; init; }

    /// <summary>Hash of the corpus's documents.</summary>
    public required string CorpusHash { get; init; }

    /// <summary>Tokens of the longest row, BOS included.</summary>
    public required int Context { get; init; }

    /// <summary>Seed of sampled labels and projections.</summary>
    public required long Seed { get; init; }

    /// <summary>The tracked layers, in the order of their gradients.</summary>
    public required IReadOnlyList<ModuleShape> Modules { get; init; }

    /// <summary>Documents.</summary>
    public int Documents { get; init; }

    /// <summary>Sequences that the curvature is a mean over: N of the scores.</summary>
    public long Sequences { get; init; }

    /// <summary>Label tokens counted; EK-FAC: those that covariances are means over.</summary>
    public long Tokens { get; init; }

    /// <summary>EK-FAC: rows that covariances were taken over, where that was a sample of those that the eigenvalues were; else null.</summary>
    public int? CovarianceRows { get; init; }

    /// <summary>EK-FAC: the eigenbases are those that the surrogate's optimiser kept in training; there are no covariances, and <see cref="Tokens"/> is 0.</summary>
    public bool FactorsFromTraining { get; init; }

    /// <summary>LoGra: number of shards.</summary>
    public int Shards { get; init; }

    /// <summary>LoGra: length of a projected gradient.</summary>
    public int Length { get; init; }

    /// <summary>LoGra: element type of the shards.</summary>
    public StorageType? Storage { get; init; }

    /// <summary>LoGra: kind of projection.</summary>
    public ProjectionKind? Projection { get; init; }

    /// <summary>LoGra: shapes of the modules' projected gradients.</summary>
    public IReadOnlyList<ModuleRanks> Ranks { get; init; } = [];

    /// <summary>LoRIF: factors kept of each row and module.</summary>
    public int? FactorRank { get; init; }

    /// <summary>LoRIF: directions kept of each module's curvature.</summary>
    public int? CurvatureRank { get; init; }

    /// <summary>What storage cost, where numbers were rounded or factored.</summary>
    public StorageLoss? Loss { get; init; }

    /// <summary>Documents deleted since it was made, named in <c>deleted.jsonl</c>.</summary>
    public int Deleted { get; init; }

    /// <summary>What was done to it since it was made.</summary>
    public IReadOnlyList<IndexChange> Changes { get; init; } = [];

    /// <summary>EK-FAC: labels of the factors.</summary>
    public LabelSource? Labels { get; init; }
}
