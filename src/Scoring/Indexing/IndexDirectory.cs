using System.Text.Json;
using Tda.Core.Artifacts;
using Tda.Core.Errors;
using Tda.Core.Json;
using Tda.Scoring.Curvature;
using Tda.Scoring.Projection;
using static TorchSharp.torch;

namespace Tda.Scoring.Indexing;

/// <summary>A finished index on disk.</summary>
public sealed class IndexDirectory
{
    internal const string Format = "tda.index";
    internal const int Version = 1;
    internal const string FactorsFile = "factors.safetensors";
    internal const string CovariancesFile = "covariances.safetensors";
    internal const string EigenvaluesFile = "eigenvalues.safetensors";
    internal const string ProjectionsFile = "projections.safetensors";
    internal const string CurvatureFile = "curvature.safetensors";
    internal const string ExcludedFile = "excluded.jsonl";

    private readonly OpenedArtifact artifact;

    private IndexDirectory(OpenedArtifact artifact, IndexInfo info) => (this.artifact, Info) = (artifact, info);

    /// <summary>Where it is.</summary>
    public string Directory => artifact.Directory;

    /// <summary>What its manifest says.</summary>
    public IndexInfo Info { get; }

    /// <summary>Opens an index and checks the hash of every file.</summary>
    /// <exception cref="BadInputException">It isn't an index, or a file is missing, truncated or damaged: says which.</exception>
    public static IndexDirectory Open(string directory)
    {
        var artifact = ArtifactDirectory.Open(directory, Format, Version);
        try
        {
            return new IndexDirectory(artifact, artifact.Manifest.Details.Deserialize<IndexInfo>(JsonDefaults.Options)!);
        }
        catch (JsonException e)
        {
            throw new BadInputException(
                Path.Combine(directory, "manifest.json"), $"details: {e.Message}", remedy: "Make the index again with tda index.",
                inner: e);
        }
    }

    /// <summary>Documents set apart when the index was made.</summary>
    public IReadOnlyList<ExcludedDocument> Excluded() => [.. JsonLines.Read<ExcludedDocument>(artifact.PathOf(ExcludedFile))];

    /// <summary>The EK-FAC factors.</summary>
    /// <exception cref="UsageException">The index holds something else.</exception>
    public EkfacFactors Factors()
    {
        Require(IndexMethod.Ekfac);
        return FactorFile.Load(artifact.PathOf(FactorsFile), Info.Modules);
    }

    /// <summary>The projected gradients.</summary>
    /// <exception cref="UsageException">The index holds something else.</exception>
    public LograIndex Gradients()
    {
        Require(IndexMethod.Logra);
        return new LograIndex(Directory, Info.Shards, Info.Length, Info.Storage ?? StorageType.Float32);
    }

    /// <summary>The projections.</summary>
    /// <exception cref="UsageException">The index holds something else.</exception>
    public Projector Projector(ScalarType dtype, Device device)
    {
        Require(IndexMethod.Logra);
        return ProjectionFile.Load(artifact.PathOf(ProjectionsFile), Info.Modules, dtype, device);
    }

    /// <summary>The curvature of projected gradients.</summary>
    /// <exception cref="UsageException">The index holds something else.</exception>
    public LograCurvature Curvature(Projector projector)
    {
        Require(IndexMethod.Logra);
        return new LograCurvature(projector, FactorFile.LoadSums(artifact.PathOf(CurvatureFile)).Sums);
    }

    /// <summary>Refuses a method that needs an index of another kind.</summary>
    /// <exception cref="UsageException">Names both.</exception>
    public void Require(IndexMethod method)
    {
        if (Info.Method != method)
            throw new UsageException(
                $"Index {Path.GetFileName(Directory)} was made with --method {Info.Method.ToString().ToLowerInvariant()}, but this needs --method {method.ToString().ToLowerInvariant()}. Make another index with tda index.");
    }
}
