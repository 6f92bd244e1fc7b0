using System.CommandLine;
using Tda.Bench.Running;

namespace Tda.Bench.Redaction;

/// <summary>The verb <c>redaction</c>: what the gateway masks of real files that hold no secrets, and what it finds of secrets made for it.</summary>
internal static class RedactionCommand
{
    private static readonly string[] Roots = ["/usr/share/doc", "/usr/lib/python3", "/usr/lib/python3.11", "/usr/include", "/usr/share/perl", "/usr/share/perl5", "/usr/src", "/usr/share/nodejs", "/var/log"];

    public static Command Build()
    {
        var roots = new Option<string[]>("--roots") { Description = "Folders of files that hold no secrets.", DefaultValueFactory = _ => Roots };
        var list = new Option<string?>("--list") { Description = "Also write every mask with its line into this file, to be looked at." };
        var reviewed = new Option<string>("--reviewed") { Description = "Masks that were looked at.", DefaultValueFactory = _ => Path.Combine("bench", "Redaction", "reviewed.tsv") };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var verb = new Command("redaction", "False masks on real files, and recall on generated secrets in several surroundings.") { roots, list, reviewed, results };
        verb.SetAction(parse =>
        {
            var report = Run(parse.GetValue(roots)!, parse.GetValue(reviewed)!, parse.GetValue(list));
            ResultFile.Write(parse.GetValue(results)!, "redaction", report);
            Print(report);
            return 0;
        });
        return verb;
    }

    private static RedactionReport Run(string[] roots, string reviewed, string? list)
    {
        var review = MaskReview.Read(reviewed);
        using var lines = list is null ? null : new StreamWriter(list);
        var corpora = RealFiles.Read(roots).Concat(MadeFiles.All())
            .Select(files => MaskCount.Of(files.Name, files.Files, review, files.Made, lines)).ToList();
        return new()
        {
            Time = TimeProvider.System.GetUtcNow(),
            Machine = Machine.InspectPlain(),
            Roots = [.. roots.Where(Directory.Exists)],
            Corpora = corpora,
            Recall = RecallCount.All(),
            Microseconds = Math.Round(BodyTime.Measure(), 2),
        };
    }

    private static void Print(RedactionReport report)
    {
        Console.WriteLine($"{"corpus",-22}{"files",7}{"lines",11}{"masks",8}{"right",8}{"false",7}{"open",7}{"false a 10,000 lines",22}");
        foreach (var corpus in report.Corpora.Append(MaskCount.Sum("real files", report.Corpora.Where(corpus => !corpus.Made))))
        {
            Console.WriteLine($"{corpus.Name,-22}{corpus.Files,7}{corpus.Lines,11}{corpus.Masks,8}{corpus.Right,8}{corpus.False,7}{corpus.Open,7}{corpus.FalsePer10000,22:F3}");
        }

        Console.WriteLine();
        foreach (var recall in report.Recall)
        {
            Console.WriteLine($"{recall.Surroundings,-34}{recall.Found,7} of {recall.Made,-7}{(double)recall.Found / recall.Made,8:P1}  {string.Join(", ", recall.Missed.Take(8))}");
        }

        Console.WriteLine($"a body of {BodyTime.Bytes} bytes: {report.Microseconds} µs");
    }
}

/// <summary>The results of <c>redaction</c>.</summary>
internal sealed record RedactionReport
{
    public required DateTimeOffset Time { get; init; }

    public required Machine Machine { get; init; }

    /// <summary>The folders of real files that this machine has.</summary>
    public required IReadOnlyList<string> Roots { get; init; }

    public required IReadOnlyList<MaskCount> Corpora { get; init; }

    public required IReadOnlyList<RecallCount> Recall { get; init; }

    /// <summary>Time for a chat's request of about 2 KB without secrets.</summary>
    public required double Microseconds { get; init; }
}
