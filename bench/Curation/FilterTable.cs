using Tda.Curation.Ledger;
using Tda.Curation.Plans;

namespace Tda.Bench.Curation;

/// <summary>How well a stage finds what it is for.</summary>
/// <param name="Stage">The stage as a plan has it.</param>
/// <param name="Kinds">Kinds of planted documents that it is for.</param>
/// <param name="Planted">How many of them there are.</param>
/// <param name="Found">How many of them it drops.</param>
/// <param name="Real">Real mails that it could take by mistake.</param>
/// <param name="RealDropped">Real mails that it drops.</param>
/// <param name="RealRight">Of those the ones that an independent check, or a person who read them, finds right.</param>
/// <param name="Reasons">Reasons of all drops.</param>
/// <param name="ByKind">The share that it drops of every kind of planted document, whether it is for them or not.</param>
internal sealed record FilterRow(
    string Stage, IReadOnlyList<string> Kinds, int Planted, int Found, int Real, int RealDropped, int RealRight, IReadOnlyDictionary<string, int> Reasons,
    IReadOnlyDictionary<string, double> ByKind)
{
    public double Recall => (double)Found / Planted;

    /// <summary>Of what it drops of the kinds that it is for and of real mail, the share that is right.</summary>
    public double Precision => (double)(Found + RealRight) / (Found + RealDropped);
}

/// <summary>Makes the table of precision and recall.</summary>
internal static class FilterTable
{
    private static readonly string[] Boilerplate = [FilterPlants.Menu, FilterPlants.Repeated, FilterPlants.Numbers, FilterPlants.PlaceHolder, FilterPlants.Notice];

    /// <summary>The stages, and what they are for.</summary>
    public static readonly (string Stage, string[] Kinds)[] Stages =
    [
        ("exact: { normalise: words }", [FilterPlants.ExactCopy]), ("minhash", [FilterPlants.ExactCopy, FilterPlants.NearCopy]),
        ("decontaminate: { benchmarks: items.jsonl }", [FilterPlants.Contaminated]), ("language", [FilterPlants.Foreign]), ("personal_data", [FilterPlants.Personal]),
        ("gopher_quality: { min_words: 5 }", Boilerplate), ("gopher_repetition", Boilerplate), ("c4", Boilerplate), ("c4: { wrapped: true }", Boilerplate), ("fineweb", Boilerplate),
        ("fineweb: { wrapped: true }", Boilerplate),
    ];

    /// <summary>The stage that a plan of this one line makes, in a folder with the benchmark's items.</summary>
    public static ICurationStage Stage(string yaml, string folder)
    {
        var path = Path.Combine(folder, "curation.yaml");
        File.WriteAllText(path, $"stages:\n  - {yaml}\n");
        return PlanFile.Read(path, new StageServices()).Stages[0].Stage;
    }

    /// <summary>Writes the benchmark's items, which <see cref="Stages"/> name.</summary>
    public static void WriteItems(FilterPlants plants, string folder) => JsonLines.Write(Path.Combine(folder, "items.jsonl"), plants.Benchmark.Select(text => new { text }));

    /// <summary>Runs a stage over all documents.</summary>
    /// <param name="plants">The documents.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="kinds">What it is for.</param>
    /// <param name="folder">A folder with the items.</param>
    /// <param name="reviewed">Documents that a person who read them finds rightly dropped, by stage's name and id.</param>
    /// <param name="list">Also gets the real mails that are dropped; null: none.</param>
    public static FilterRow Measure(FilterPlants plants, string stage, string[] kinds, string folder, IReadOnlySet<(string Stage, string Id)> reviewed, TextWriter? list)
    {
        var name = stage.Split(':')[0];
        var decisions = Stage(stage, folder).Decide(new StageDocuments(() => plants.Documents, plants.Documents.Count), new StageContext(NullProgress.Instance, default))
            .Where(decision => decision.Action == CurationAction.Drop).ToDictionary(decision => decision.Id, StringComparer.Ordinal);
        var real = plants.Documents.Where(document => !plants.Kinds.ContainsKey(document.Id) && (name != "personal_data" || FilterPlants.IsImpersonal(document.Text))).ToList();
        var texts = plants.Documents.ToDictionary(document => document.Id, document => document.Text, StringComparer.Ordinal);
        var dropped = real.Where(document => decisions.ContainsKey(document.Id)).ToList();
        foreach (var document in dropped)
        {
            var decision = decisions[document.Id];
            list?.Write($"{name}\t{document.Id}\t{decision.Reason}\t{decision.Value}\t{decision.Evidence}\n");
        }

        var planted = plants.Kinds.GroupBy(one => one.Value).ToDictionary(kind => kind.Key, kind => kind.Select(one => one.Key).ToList());
        return new(
            stage, kinds, kinds.Sum(kind => planted[kind].Count), kinds.Sum(kind => planted[kind].Count(id => IsFound(id, decisions, plants))), real.Count, dropped.Count,
            dropped.Count(document => reviewed.Contains((name, document.Id)) || (decisions[document.Id].Twin is { } twin && AreNear(document.Text, texts[twin]))),
            decisions.Values.GroupBy(decision => decision.Reason!).OrderByDescending(group => group.Count()).ToDictionary(group => group.Key, group => group.Count()),
            planted.ToDictionary(kind => kind.Key, kind => (double)kind.Value.Count(decisions.ContainsKey) / kind.Value.Count));
    }

    /// <summary>A copy is also found when it stays, and what it was made of goes for it.</summary>
    private static bool IsFound(string id, Dictionary<string, Decision> decisions, FilterPlants plants) =>
        decisions.ContainsKey(id) || (plants.Kinds[id] is FilterPlants.ExactCopy or FilterPlants.NearCopy && decisions.Values.Any(decision => decision.Twin == id));

    /// <summary>By sets of strings: at least four of five 5-grams of words in common, or equal words where there are fewer than five.</summary>
    private static bool AreNear(string one, string other)
    {
        var (a, b) = (Grams(one), Grams(other));
        return a.SetEquals(b) || (double)a.Intersect(b).Count() / a.Union(b).Count() >= .8;
    }

    private static HashSet<string> Grams(string text)
    {
        var words = System.Text.RegularExpressions.Regex.Matches(text.ToUpperInvariant(), @"[\p{L}\p{N}\p{M}]+").Select(word => word.Value).ToArray();
        return words.Length < 5 ? [string.Join(' ', words)] : [.. Enumerable.Range(0, words.Length - 4).Select(i => string.Join(' ', words[i..(i + 5)]))];
    }
}
