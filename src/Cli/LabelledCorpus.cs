using System.Text.Json.Nodes;
using Tda.Curation.Selection;
using Tda.Evaluation.Banks;
using Tda.ProxyTrainer.Classifiers;

namespace Tda.Cli;

/// <summary>A corpus whose documents have labels, as a task of classifiers: words and pairs are the features.</summary>
/// <param name="Task">Documents, then those whose labels are right.</param>
/// <param name="Classes">The labels' names, in the order of the task's classes.</param>
/// <param name="Planted">Which of the documents got a wrong label on purpose; all false where nothing was planted.</param>
internal sealed record LabelledCorpus(ClassifierTask Task, IReadOnlyList<string> Classes, IReadOnlyList<bool> Planted)
{
    private const int Buckets = 1_024;

    // Mean loss + wd/2·‖θ‖², brought near its minimum by whole batches.
    private static readonly ClassifierOptions Training = new() { LearningRate = 2, Momentum = .9, WeightDecay = 1e-3, Epochs = 300 };

    /// <summary>Reads the documents that have a label.</summary>
    /// <param name="corpus">The corpus.</param>
    /// <param name="field">A field of the documents' <c>meta</c>, or <c>source</c>.</param>
    /// <param name="right">Ids of documents whose labels are right; they are not under suspicion.</param>
    /// <param name="plant">Share of the others that get a wrong label, 0 to 1.</param>
    /// <param name="seed">Chooses them.</param>
    /// <exception cref="BadInputException">No document has the label, all have the same one, or an id isn't in the corpus.</exception>
    public static LabelledCorpus Read(Corpus corpus, string field, IReadOnlySet<string> right, double plant, int seed)
    {
        var documents = new List<(string Id, string Label, float[] Features)>();
        foreach (var document in corpus.Documents())
        {
            if (LabelOf(document, field) is { } label)
            {
                var features = new float[Buckets];
                NgramProfile.Features(document.Text, features);
                documents.Add((document.Id, label, features));
            }
        }

        string[] classes = [.. documents.Select(document => document.Label).Distinct().Order(StringComparer.Ordinal)];
        if (classes.Length < 2)
        {
            throw new BadInputException(corpus.Directory, documents.Count == 0 ? $"no document has a label '{field}'" : $"all labels '{field}' are '{classes[0]}'",
                remedy: "Name a field of the documents' meta that tells classes apart, or source.");
        }

        if (right.Except(documents.Select(document => document.Id)).ToArray() is [var unknown, ..])
        {
            throw new BadInputException(corpus.Directory, $"document '{unknown}', whose label is said to be right, isn't there or has no label");
        }

        // The suspects first, then those that are right.
        (string Id, string Label, float[] Features)[] ordered = [.. documents.OrderBy(document => right.Contains(document.Id))];
        var suspects = ordered.Count(document => !right.Contains(document.Id));
        var places = classes.Index().ToDictionary(one => one.Item, one => one.Index, StringComparer.Ordinal);
        int[] labels = [.. ordered.Select(document => places[document.Label])];
        var planted = new bool[suspects];
        var random = SplitMix64.Of(seed);
        foreach (var place in random.Permutation(suspects).Take((int)(plant * suspects)))
        {
            planted[place] = true;
            labels[place] = (labels[place] + 1 + random.NextInt(classes.Length - 1)) % classes.Length;
        }

        var task = new ClassifierTask
        {
            Documents = [.. ordered.Take(suspects).Select(document => document.Id)],
            Queries = [.. ordered.Skip(suspects).Select(document => document.Id)],
            Labels = labels,
            Features = [.. ordered.SelectMany(document => document.Features)],
            Shape = new ClassifierShape(Buckets, [], classes.Length),
            Training = Training,
        };
        return new LabelledCorpus(task, classes, planted);
    }

    private static string? LabelOf(Document document, string field) =>
        field == "source" ? document.Source
        : document.Meta?[field] is JsonValue value ? value.ToString()
        : null;
}
