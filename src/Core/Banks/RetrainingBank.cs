using System.Text.Json.Nodes;
using Tda.Core.Arrays;

namespace Tda.Core.Banks;

/// <summary>
/// A bank on disk, <c>banks/name/</c>: its plan, written at once, and a file of losses for every retraining that is finished. Killed
/// at any moment it goes on where it was, over days, in one process or as an array of jobs that share the directory.
/// </summary>
public sealed class RetrainingBank
{
    /// <summary>Name of the artifact's format.</summary>
    public const string Format = "tda.bank";

    /// <summary>Newest version of the format.</summary>
    public const int Version = 1;

    /// <summary>What an input of the manifest that is a single query begins with; its id follows, its value is the hash of its text.</summary>
    public const string QueryPrefix = "query ";

    private const string SubsetsFile = "subsets.npy";
    private const string DocumentsFile = "documents.jsonl";
    private const string QueriesFile = "queries.jsonl";
    private const string LossesFolder = "losses";
    private const string KindMember = "kind";
    private const string SeedsMember = "seeds";
    private const string Remedy = "Delete this file and the .json or .npy beside it, and run the command that fills the bank again.";

    private readonly string _planHash;

    private RetrainingBank(OpenedArtifact artifact, BankPlan plan)
    {
        (Directory, Manifest, Plan) = (artifact.Directory, artifact.Manifest, plan);
        _planHash = artifact.Manifest.Outputs[SubsetsFile];
    }

    /// <summary>Where it is.</summary>
    public string Directory { get; }

    /// <summary>Who trains what, by which options, from which inputs.</summary>
    public Manifest Manifest { get; }

    /// <summary>Documents, queries, subsets, seeds.</summary>
    public BankPlan Plan { get; }

    /// <summary>Retrainings not finished yet.</summary>
    public IReadOnlyList<Retraining> Missing => [.. Plan.Retrainings.Where(r => !File.Exists(PathOf(r, ".json")))];

    /// <summary>Opens a bank of the same plan, options and inputs, or makes it.</summary>
    /// <param name="directory"><c>banks/name</c>.</param>
    /// <param name="plan">What is retrained.</param>
    /// <param name="command">The command, for the manifest.</param>
    /// <param name="options">All that decides the models' weights beside documents and seeds.</param>
    /// <param name="inputs">Hashes of what went in, by name.</param>
    /// <param name="time">Clock of the manifest.</param>
    /// <exception cref="UsageException">The plan is wrong, or another bank has this name; says what differs.</exception>
    /// <exception cref="BadInputException">What is there is damaged or no bank.</exception>
    public static RetrainingBank OpenOrCreate(
        string directory, BankPlan plan, string command, JsonObject options, IReadOnlyDictionary<string, string> inputs, TimeProvider time)
    {
        plan.Validate();
        if (!System.IO.Directory.Exists(directory))
        {
            try
            {
                Create(directory, plan, command, options, inputs, time);
            }
            catch (Exception error) when (error is TdaException or IOException && System.IO.Directory.Exists(directory))
            {
                // Another job of the array was faster; its bank is compared below like any other.
            }
        }
        var bank = Open(directory);
        string[] differing = [.. Differences(bank, plan, options, inputs)];
        if (differing.Length > 0)
        {
            throw new UsageException(
                $"{bank.Directory} is another bank: its {string.Join(", ", differing)} differ from what was asked. Choose another name.");
        }

        return bank;
    }

    /// <summary>Opens a bank; its plan is checked against the manifest's hashes, losses when they are read.</summary>
    /// <exception cref="BadInputException">No bank, of a newer version, or damaged: says which file and why.</exception>
    public static RetrainingBank Open(string directory)
    {
        var artifact = ArtifactDirectory.Open(directory, Format, Version);
        var manifest = Path.Combine(artifact.Directory, Manifest.FileName);
        string[] documents = [.. Ids(artifact.PathOf(DocumentsFile))];
        string[] queries = [.. Ids(artifact.PathOf(QueriesFile))];
        BankPlan plan;
        try
        {
            plan = new BankPlan(
                JsonFile.Part<BankKind>(artifact.Manifest.Details[KindMember], manifest, $"details.{KindMember}"), documents, queries,
                Subsets(artifact.PathOf(SubsetsFile), documents.Length), artifact.Detail<int>(SeedsMember));
            plan.Validate();
        }
        catch (UsageException error)
        {
            throw new BadInputException(manifest, $"is not a bank's: {error.Message}", inner: error);
        }
        return new RetrainingBank(artifact, plan);
    }

    /// <summary>Keeps a finished retraining, durably. Doing so twice is harmless.</summary>
    /// <param name="retraining">Which.</param>
    /// <param name="losses">The queries' losses in nats, summed over the completion's tokens, in the plan's order.</param>
    /// <param name="seconds">What the training took.</param>
    /// <exception cref="TdaException">A loss is not finite: the training diverged; or the disk is full.</exception>
    public void Record(Retraining retraining, double[] losses, double seconds)
    {
        var bad = Array.FindIndex(losses, loss => !double.IsFinite(loss));
        if (bad >= 0)
        {
            throw new TdaException(
                $"Subset {retraining.Subset}, seed {retraining.Seed}: the loss of query '{Plan.Queries[bad]}' is {losses[bad]}: "
                + "the training diverged. Lower the learning rate in a new bank.");
        }

        var path = PathOf(retraining, ".npy");
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        NpyFile.Write(path, losses);
        AtomicFile.WriteJson(
            PathOf(retraining, ".json"),
            new RetrainingRecord(retraining.Subset, retraining.Seed, retraining.TrainingSeed, _planHash, Hashing.Sha256File(path), seconds));
    }

    /// <summary>The losses of one retraining, or null while it isn't finished.</summary>
    /// <exception cref="BadInputException">The file is damaged, missing, or another bank's.</exception>
    public double[]? Losses(Retraining retraining)
    {
        var recordPath = PathOf(retraining, ".json");
        if (!File.Exists(recordPath))
        {
            return null;
        }

        var record = ReadRecord(recordPath);
        if (record.Plan != _planHash || record.Subset != retraining.Subset || record.Seed != retraining.Seed)
        {
            throw new BadInputException(recordPath, "these losses belong to another bank or another subset", remedy: Remedy);
        }

        var path = PathOf(retraining, ".npy");
        if (!File.Exists(path))
        {
            throw new BadInputException(path, "its .json is there, but this file isn't", remedy: Remedy);
        }

        var actual = Hashing.Sha256File(path);
        if (actual != record.Losses)
        {
            throw new BadInputException(
                path, $"SHA-256 is {actual}, but its .json says {record.Losses}: the file was changed or damaged", remedy: Remedy);
        }

        using var array = NpyArray<double>.Open(path);
        if (array.Length != Plan.Queries.Count)
        {
            throw new BadInputException(path, $"holds {array.Length} losses for {Plan.Queries.Count} queries", remedy: Remedy);
        }

        return array.ToArray();
    }

    /// <summary>
    /// What is known by now, evenly: as many models a subset as every subset has; while the first round is under way, one model of
    /// those subsets that have it.
    /// </summary>
    /// <exception cref="BadInputException">A file of losses is damaged; or no retraining is finished.</exception>
    public RetrainingOutcomes Outcomes()
    {
        HashSet<Retraining> missing = [.. Missing];
        var rounds = Math.Max(1, Enumerable.Range(0, Plan.Seeds).TakeWhile(seed => !missing.Any(r => r.Seed == seed)).Count());
        int[] subsets = [.. Enumerable.Range(0, Plan.Kept.Count).Where(subset => !missing.Contains(new Retraining(subset, 0)))];
        if (subsets.Length == 0)
        {
            throw new BadInputException(Directory, "no retraining is finished yet", remedy: "Run the command that fills the bank.");
        }

        return new RetrainingOutcomes(
            Plan.Documents, Plan.Queries, [.. subsets.Select(subset => Plan.Kept[subset])],
            [.. subsets.Select(subset => Enumerable.Range(0, rounds).Select(seed => Losses(new Retraining(subset, seed))!).ToArray())]);
    }

    private static void Create(
        string directory, BankPlan plan, string command, JsonObject options, IReadOnlyDictionary<string, string> inputs, TimeProvider time)
    {
        using var artifact = ArtifactDirectory.Create(directory, Format, Version, time);
        NpyFile.Write(artifact.PathOf(SubsetsFile), plan.Kept.SelectMany(kept => kept).ToArray(), plan.Kept.Count, plan.Documents.Count);
        JsonLines.Write(artifact.PathOf(DocumentsFile), plan.Documents.Select(id => new BankItem(id)));
        JsonLines.Write(artifact.PathOf(QueriesFile), plan.Queries.Select(id => new BankItem(id)));
        artifact.Manifest.Command = command;
        artifact.Manifest.Options = options.DeepClone().AsObject();
        foreach ((var name, var hash) in inputs)
        {
            artifact.Manifest.Inputs[name] = hash;
        }

        artifact.Manifest.Details[KindMember] = JsonSerializer.SerializeToNode(plan.Kind, JsonDefaults.Options);
        artifact.Manifest.Details[SeedsMember] = plan.Seeds;
        artifact.Manifest.Details["subsets"] = plan.Kept.Count;
        artifact.Commit();
    }

    private static IEnumerable<string> Differences(
        RetrainingBank bank, BankPlan plan, JsonObject options, IReadOnlyDictionary<string, string> inputs)
    {
        (string Name, bool Same)[] parts =
        [
            ("kind", bank.Plan.Kind == plan.Kind),
            ("documents", bank.Plan.Documents.SequenceEqual(plan.Documents)),
            ("queries", bank.Plan.Queries.SequenceEqual(plan.Queries)),
            ("subsets", bank.Plan.Kept.Count == plan.Kept.Count && bank.Plan.Kept.Zip(plan.Kept).All(p => p.First.SequenceEqual(p.Second))),
            ("seeds", bank.Plan.Seeds == plan.Seeds),

            // Through text, since a number that was read and one that was computed are different nodes.
            ("options", JsonNode.DeepEquals(bank.Manifest.Options, JsonNode.Parse(options.ToJsonString()))),
            ("inputs", Deciding(bank.Manifest.Inputs).SequenceEqual(Deciding(inputs))),
        ];
        return parts.Where(part => !part.Same).Select(part => part.Name);
    }

    /// <summary>
    /// Without the model that is retrained: only its shape and training count, and those are among the options. And without single queries, which
    /// banks of earlier versions don't name: the hash of all of them is there too.
    /// </summary>
    private static IEnumerable<KeyValuePair<string, string>> Deciding(IEnumerable<KeyValuePair<string, string>> inputs) =>
        inputs.Where(input => !input.Key.StartsWith(QueryPrefix, StringComparison.Ordinal))
            .Where(input => ArtifactReference.Parse(input.Key)?.Kind is not { } kind || (kind != ArtifactKind.Lab && kind != ArtifactKind.Surrogate)).OrderBy(input => input.Key, StringComparer.Ordinal);

    private static IEnumerable<string> Ids(string path) => JsonLines.ReadLines<BankItem>(path).Select(line => line.Value.Id);

    private static bool[][] Subsets(string path, int documents)
    {
        using var array = NpyArray<bool>.Open(path);
        if (array.Shape.Count != 2 || array.RowLength != documents)
        {
            throw new BadInputException(path, $"shape ({string.Join(", ", array.Shape)}) is not (subsets, {documents})");
        }

        return [.. Enumerable.Range(0, (int)array.Rows).Select(m => array.Row(m).ToArray())];
    }

    private static RetrainingRecord ReadRecord(string path) => JsonFile.Read<RetrainingRecord>(path, Remedy);

    private string PathOf(Retraining retraining, string ending) => Path.Combine(
        Directory, LossesFolder, string.Create(CultureInfo.InvariantCulture, $"losses-{retraining.Subset:D5}-{retraining.Seed:D3}{ending}"));
}

/// <summary>
/// A finished retraining's <c>.json</c>, written after its <c>.npy</c>: where it stands, the losses are whole. A file of its own, and
/// not a line of the manifest, so that machines of a job array that share a directory never wait for, or overwrite, each other.
/// </summary>
/// <param name="Subset">Which subset.</param>
/// <param name="Seed">Which of its models.</param>
/// <param name="TrainingSeed">Seed of the model's weights.</param>
/// <param name="Plan">SHA-256 of the bank's <c>subsets.npy</c>: losses of another bank don't pass for this one's.</param>
/// <param name="Losses">SHA-256 of the <c>.npy</c>.</param>
/// <param name="Seconds">What the training took.</param>
internal sealed record RetrainingRecord(int Subset, int Seed, long TrainingSeed, string Plan, string Losses, double Seconds);

/// <summary>A line of a bank's <c>documents.jsonl</c> and <c>queries.jsonl</c>.</summary>
internal sealed record BankItem(string Id);
