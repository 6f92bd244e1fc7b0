using System.Text.Json.Nodes;
using Tda.Lab.Training;
using Tda.ProxyTrainer.Distillation;

namespace Tda.Evaluation.Banks;

/// <summary>
/// What the retrainings of a fine-tuned model start from. What a base knows of a bank's documents would pass for the retrainings' doing, so one that
/// learned any of them is refused, by what its manifest says, and those of the bases that it started from.
/// </summary>
/// <param name="Name">As artifacts name it: <c>labs/base</c>.</param>
/// <param name="Hash">SHA-256 that the retrained model's manifest has of it: of a lab model's weights, of a surrogate's manifest.</param>
/// <param name="Corpora">The corpora that it learned, looked through: none of the bank's documents is in them.</param>
/// <param name="Unknown">The models, it or its own bases, of which it isn't known all that they learned: imported ones, and those that learned answers.</param>
public sealed record RetrainingBase(string Name, string Hash, IReadOnlyList<string> Corpora, IReadOnlyList<string> Unknown)
{
    private const string Member = "base";

    /// <summary>The base of a bank's retrainings; null where they start from fresh weights.</summary>
    /// <param name="bank">The bank's manifest.</param>
    /// <exception cref="BadInputException">The manifest is damaged.</exception>
    public static RetrainingBase? Of(Manifest bank) => bank.Options[Member] is { } member
        ? JsonFile.Part<RetrainingBase>(member, Manifest.FileName, $"options.{Member}")
        : null;

    /// <summary>What to tell people who will draw conclusions from the bank.</summary>
    public override string ToString() => $"every retraining starts from {Name}"
        + (Corpora.Count == 0 ? "" : $"; none of the bank's documents is in {string.Join(", ", Corpora)}, which it learned")
        + (Unknown.Count == 0 ? "" : $"; all that {string.Join(", ", Unknown)} learned isn't known, and the bank's documents or answers may be among it");

    /// <summary>Notes it among a bank's options.</summary>
    internal void Describe(JsonObject options) => options[Member] = JsonSerializer.SerializeToNode(this, JsonDefaults.Options);

    /// <summary>Looks through all that a base has learned.</summary>
    /// <param name="directory">The base's, a lab model's or a surrogate's.</param>
    /// <param name="hash">See <see cref="Hash"/>.</param>
    /// <param name="corpus">The bank's documents; what the base learned is looked for beside them.</param>
    /// <exception cref="UsageException">It has learned some of the documents; says how many, and a first one.</exception>
    /// <exception cref="BadInputException">A corpus or a base of its own is missing or has changed.</exception>
    internal static RetrainingBase Open(string directory, string hash, Corpus corpus)
    {
        var name = $"{ArtifactReference.OfDirectory(directory) ?? throw new BadInputException(directory, "is no model of a home")}";
        var (corpora, unknown) = (new List<string>(), new List<string>());
        var documents = corpus.Documents().Select(document => (document.Id, Text: DocumentId.Of(document.Text))).ToArray();
        var kind = ArtifactKind.OfDirectory(directory)!;
        for (var at = directory; at is not null;)
        {
            var model = ArtifactReference.OfDirectory(at)!;
            var manifest = kind == ArtifactKind.Lab
                ? ArtifactDirectory.Open(at, LabTrainer.Format, LabTrainer.Version).Manifest
                : Surrogate.Open(at).Manifest;
            var learned = manifest.InputOf(ArtifactKind.Corpus);
            if (learned is var (other, content))
            {
                RequireDisjoint($"{model}", Opened(Path.Combine(Path.GetDirectoryName(corpus.Directory)!, other), content, $"{model}"), manifest, documents);
                corpora.Add($"{ArtifactKind.Corpus.Folder}/{other}");
            }

            var next = manifest.InputOf(kind)?.Name;

            // Logged answers, an imported model's text, or the answers that a lab model was taught to prefer: a merged surrogate learned nothing of its own.
            if (manifest.Inputs.ContainsKey("exchanges") || (learned is null && (next is null || kind == ArtifactKind.Lab)))
            {
                unknown.Add($"{model}");
            }

            at = next is null ? null : Path.Combine(Path.GetDirectoryName(at)!, next);
        }

        return new(name, hash, corpora, unknown);
    }

    private static Corpus Opened(string directory, string content, string model)
    {
        var corpus = Corpus.Open(directory);
        return corpus.ContentHash == content ? corpus : throw new BadInputException(
            directory, $"isn't what {model} learned any more: it can't be told whether the bank's documents were in it", remedy: "Bring it back as it was, or take another base.");
    }

    /// <summary>By id, and by text under whatever id.</summary>
    private static void RequireDisjoint(string model, Corpus learned, Manifest manifest, (string Id, string Text)[] documents)
    {
        HashSet<string>? Listed(string member) => manifest.Options[member] is JsonArray ids ? [.. ids.Select(id => $"{id}")] : null;
        var (only, dropped) = (Listed("only"), Listed("dropped"));
        HashSet<string> seen = [.. learned.Documents()
            .Where(document => only?.Contains(document.Id) != false && dropped?.Contains(document.Id) != true)
            .SelectMany(document => (string[])[document.Id, DocumentId.Of(document.Text)])];
        string[] both = [.. documents.Where(document => seen.Contains(document.Id) || seen.Contains(document.Text)).Select(document => document.Id)];
        if (both.Length > 0)
        {
            throw new UsageException(string.Create(
                CultureInfo.InvariantCulture,
                $"{both.Length:N0} of the bank's {documents.Length:N0} documents are in corpora/{learned.Name}, which {model} learned before (the first is {both[0]}): what it knows of "
                + $"them would pass for the retrainings' doing. Retrain a model whose base learned other documents, or none."));
        }
    }
}
