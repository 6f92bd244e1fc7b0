using System.CommandLine;
using System.Diagnostics;
using Tda.Bench.Running;
using Tda.Labels.Classifiers;
using Tda.Labels.Encoders;

namespace Tda.Bench.Labels;

/// <summary>
/// The verb `label`: documents a second and peak memory of labelling by the sentence encoder and a head, in batches of windows of about the
/// same length, against the same model in batches of one. Each measurement is a process of its own; rounds take turns.
/// </summary>
internal static class LabelCommand
{
    private static readonly int[] Sizes = [25, 100, 400];
    private static readonly int[] BatchSizes = [1, new BatchingOptions().BatchSize];

    public static Command Build()
    {
        var rounds = new Option<int>("--rounds") { Description = "Rounds that take turns.", DefaultValueFactory = _ => 3 };
        var texts = new Option<string>("--texts") { Description = "Folder of Markdown or text files, whose paragraphs are labelled.", DefaultValueFactory = _ => "docs" };
        var results = new Option<string>("--results") { Description = "Where the JSON goes.", DefaultValueFactory = _ => Path.Combine("bench", "results") };
        var verb = new Command("label", "Labels documents by an ONNX model: batches sorted by length against batches of one.") { rounds, texts, results };
        verb.SetAction((parse, cancel) => RunAsync(parse.GetValue(rounds), parse.GetValue(texts)!, parse.GetValue(results)!, cancel));
        return verb;
    }

    /// <summary>The measured process: `label-worker`.</summary>
    public static Command BuildWorker()
    {
        var documents = new Option<int>("--documents") { Required = true };
        var batch = new Option<int>("--batch") { Required = true };
        var texts = new Option<string>("--texts") { Required = true };
        var verb = new Command("label-worker", "Measures one labelling.") { documents, batch, texts };
        verb.Hidden = true;
        verb.SetAction(parse => Console.WriteLine(JsonSerializer.Serialize(Measure(parse.GetValue(documents), parse.GetValue(batch), parse.GetValue(texts)!), JsonDefaults.Options)));
        return verb;
    }

    private static async Task<int> RunAsync(int rounds, string texts, string results, CancellationToken cancel)
    {
        var machine = Machine.InspectPlain();
        var samples = new Dictionary<(int Documents, int Batch), List<Labelling>>();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var size in Sizes)
            {
                foreach (var batch in round % 2 == 0 ? BatchSizes : BatchSizes.Reverse())
                {
                    var sample = await ChildAsync(size, batch, texts, cancel).ConfigureAwait(false);
                    Console.WriteLine($"round {round + 1}: {size} documents in batches of {batch}: {size / sample.Seconds:F1} a second, {sample.ProcessorSeconds:F1} s of processors, {sample.PeakBytes >> 20} MiB");
                    (samples.TryGetValue((size, batch), out var list) ? list : samples[(size, batch)] = []).Add(sample);
                }
            }
        }

        ResultFile.Write(results, "label", new LabelReport(
            TimeProvider.System.GetUtcNow(), machine with { LoadAfter = Machine.Load() },
            [
                .. Sizes.Select(size =>
                {
                    var (one, many) = (samples[(size, BatchSizes[0])], samples[(size, BatchSizes[1])]);
                    return new LabelCase(
                        size, one[0].Bytes, one, many,
                        Median(one.Zip(many, (a, b) => a.Seconds / b.Seconds)), Median(one.Zip(many, (a, b) => a.ProcessorSeconds / b.ProcessorSeconds)),
                        one.Max(sample => sample.FarthestFromFirst), many.Max(sample => sample.FarthestFromFirst));
                }),
            ]));
        return 0;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static async Task<Labelling> ChildAsync(int documents, int batch, string texts, CancellationToken cancel)
    {
        using var child = Process.Start(new ProcessStartInfo("dotnet", [typeof(LabelCommand).Assembly.Location, "label-worker", "--documents", $"{documents}", "--batch", $"{batch}", "--texts", texts])
        { RedirectStandardOutput = true })!;
        var output = await child.StandardOutput.ReadToEndAsync(cancel).ConfigureAwait(false);
        await child.WaitForExitAsync(cancel).ConfigureAwait(false);
        return child.ExitCode == 0 ? JsonSerializer.Deserialize<Labelling>(output, JsonDefaults.Options)! : throw new TdaException($"label-worker ended with exit code {child.ExitCode}");
    }

    private static Labelling Measure(int documents, int batch, string folder)
    {
        // 1. Paragraphs of real text, of many lengths, over and over until there are enough.
        string[] paragraphs =
        [
            .. Directory.EnumerateFiles(folder, "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .SelectMany(path => File.ReadAllText(path).Split("\n\n")).Where(text => text.Length is >= 40 and <= 2_000),
        ];
        string[] texts = [.. Enumerable.Range(0, documents).Select(i => paragraphs[i * 7 % paragraphs.Length])];

        // 2. A head, fitted on the first paragraphs; and the model loaded.
        using var encoder = new SentenceEncoder(new BatchingOptions { BatchSize = batch });
        var fitted = encoder.Encode(paragraphs.Take(16)).ToList();
        var head = LinearHead.Fit(fitted, [.. Enumerable.Range(0, fitted.Count).Select(i => i % 2)], 2, .1);

        // 3. Label.
        var processor = Process.GetCurrentProcess().TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        double[] values = [.. encoder.Encode(texts).Select(vector => head.Logits(vector)[0])];
        clock.Stop();
        using var self = Process.GetCurrentProcess();
        var used = self.TotalProcessorTime - processor;

        // 4. The first ones again, alone: the same values, whatever they were batched with.
        var farthest = texts.Take(16).Select((text, i) => Math.Abs(head.Logits(encoder.Encode([text]).Single())[0] - values[i])).Max();
        return new Labelling(clock.Elapsed.TotalSeconds, used.TotalSeconds, self.PeakWorkingSet64, texts.Sum(text => (long)Encoding.UTF8.GetByteCount(text)), farthest);
    }
}

/// <summary>One labelling.</summary>
internal sealed record Labelling(double Seconds, double ProcessorSeconds, long PeakBytes, long Bytes, double FarthestFromFirst);

/// <summary>A size: labellings in batches of one and of many, and the medians of their ratios.</summary>
internal sealed record LabelCase(
    int Documents, long Bytes, IReadOnlyList<Labelling> BatchesOfOne, IReadOnlyList<Labelling> Batches, double TimesFaster, double TimesLessProcessor,
    double FarthestOfOne, double Farthest);

/// <summary>All sizes.</summary>
internal sealed record LabelReport(DateTimeOffset Time, Machine Machine, IReadOnlyList<LabelCase> Cases);
