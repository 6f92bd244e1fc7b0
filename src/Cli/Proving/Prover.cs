using System.Text.Json.Nodes;
using Tda.Curation.Ledger;
using Tda.Curation.Measures;
using Tda.Curation.Plans;
using Tda.Labels.Judges;

namespace Tda.Cli.Proving;

/// <summary>
/// Proves on a model of one's own whether a curation helps, by a plan, which says how the model was trained and the corpus curated: 1. see
/// that the prompts can be read; 2. go on with a stopped proof of the same settings; 3. curate as much at random; 4. train on the original
/// corpus (where the model itself isn't that), on the curated one, and on the control, alike but for the documents; 5. measure all three on
/// the same prompts; 6. compare, and put the comparison into the run that the curation came from.
/// </summary>
internal static class Prover
{
    internal const string Format = "tda.proof";
    internal const int Version = 1;

    /// <summary>Runs a proof; stopped, the same call goes on with the steps that are done.</summary>
    /// <exception cref="UsageException">The proof exists, was begun with other settings, or the settings make no sense.</exception>
    /// <exception cref="BadInputException">Model, corpus, run or a prompt file can't be used.</exception>
    public static async Task<Proof> RunAsync(ProveOptions options, ProofPlan plan, IJudge judge, IProgressSink progress, CancellationToken cancel)
    {
        // 1.
        var home = options.Home;
        PromptSet.Read(options.Measure.PromptFile);
        if (options.Measure.BenignFile is { } benign)
        {
            PromptSet.Read(benign, textsAlone: true);
        }

        // 2.
        using var artifact = Start(options, plan, judge);
        var steps = new KeptSteps(home, "tda prove", progress, cancel);

        // 3.
        progress.Message($"[1/4] random control: {plan.Control.Count:N0} documents of {plan.Corpus} dropped, masked or weighed at random");
        var control = home.CorpusDirectory(options.Called("control"));
        steps.Curate(new CurateOptions
        {
            CorpusDirectory = home.CorpusDirectory(plan.Corpus),
            OutputDirectory = control,
            Plan = PlanFile.Of(plan.Control, plan.RunDirectory, new Dictionary<string, string>([ArtifactReference.InputOf(plan.RunDirectory)])),
        });

        // 4. One after the other: each has the machine's memory to itself, and a stop loses one training at most.
        progress.Message("[2/4] training, alike but for the documents");
        var before = plan.Before;
        if (before is null)
        {
            before = options.Called("before");
            steps.Named("before").Train(plan.Training(home.LabDirectory(before), home.CorpusDirectory(plan.Corpus), options.Penalty));
        }

        var (after, random) = (options.Called("after"), options.Called("control"));
        steps.Named("after").Train(plan.Training(home.LabDirectory(after), home.CorpusDirectory(options.Corpus), options.Penalty));
        steps.Named("random control").Train(plan.Training(home.LabDirectory(random), control, options.Penalty));

        // 5.
        progress.Message("[3/4] asking all three");
        var names = new Dictionary<string, string> { [before] = options.Called("before"), [after] = after, [random] = random };
        var measured = await steps.MeasureAllAsync(
            (before, after, random), lab => options.Measure with { Directory = home.MeasureDirectory(names[lab]), Replace = false }, judge);

        // 6.
        progress.Message("[4/4] comparing");
        var comparison = measured.CompareInto(plan.RunDirectory);
        comparison.Write(artifact.PathOf(MeasurementComparison.FileName));
        artifact.Manifest.Details = new JsonObject { ["before"] = before, ["after"] = after, ["control"] = random, ["run"] = plan.Run };
        artifact.Commit();
        return new Proof(artifact.FinalDirectory, before, after, random, plan.Run, comparison);
    }

    private static ArtifactDirectory Start(ProveOptions options, ProofPlan plan, IJudge judge)
    {
        var directory = options.Home.ProofDirectory(options.Out);
        var settings = new JsonObject
        {
            ["lab"] = options.Lab,
            ["surrogate"] = options.Surrogate,
            ["corpus"] = options.Corpus,
            ["judge"] = judge.Name,
            ["epochs"] = plan.Options.Epochs,
            ["penalty"] = options.Penalty,
            ["choices"] = options.Measure.Choices,
            ["temperature"] = options.Measure.Ask.Temperature,
            ["max_tokens"] = options.Measure.Ask.MaxTokens,
        };
        var inputs = new SortedDictionary<string, string>(plan.Inputs, StringComparer.Ordinal)
        {
            ["prompts"] = Hashing.Sha256File(options.Measure.PromptFile),
        };
        if (options.Measure.BenignFile is { } benign)
        {
            inputs["benign"] = Hashing.Sha256File(benign);
        }

        var seeds = new SortedDictionary<string, long>(StringComparer.Ordinal)
        {
            ["training"] = plan.Seed,
            ["answers"] = options.Measure.Ask.Seed,
            ["control"] = options.ControlSeed,
        };
        var artifact = ArtifactDirectory.Resume(directory, Format, Version, TimeProvider.System, options.Replace);
        try
        {
            var manifest = artifact.Manifest;
            if (artifact.Resumed)
            {
                string[] changed =
                [
                    .. settings.Select(one => one.Key).Where(key => !JsonNode.DeepEquals(settings[key], manifest.Options[key])),
                    .. Differing(inputs, manifest.Inputs), .. Differing(seeds, manifest.Seeds).Select(seed => $"seed of {seed}"),
                ];
                if (changed.Length == 0)
                {
                    return artifact;
                }

                if (!options.Replace)
                {
                    throw new UsageException(
                        $"{directory} was begun with other settings ({string.Join(", ", changed)}). Give the same, choose another --out, "
                        + "or begin anew (--replace).");
                }
            }

            Clear(options);
            manifest.Command = "tda prove";
            manifest.Options = settings;
            manifest.Inputs = inputs;
            manifest.Seeds = seeds;
            artifact.SaveManifest();
            return artifact;
        }
        catch
        {
            if (!artifact.Resumed)
            {
                artifact.Discard(); // nothing was begun
            }

            artifact.Dispose();
            throw;
        }
    }

    private static IEnumerable<string> Differing<T>(SortedDictionary<string, T> one, SortedDictionary<string, T> other) =>
        one.Keys.Union(other.Keys).Where(key => !one.TryGetValue(key, out var a) || !other.TryGetValue(key, out var b) || !Equals(a, b));

    /// <summary>A new proof's names must be free: what stands there was made of other things.</summary>
    private static void Clear(ProveOptions options)
    {
        var home = options.Home;
        string[] names = [.. ((string[])["before", "after", "control"]).Select(options.Called)];
        string[] made =
            [.. names.Select(home.LabDirectory), .. names.Select(home.MeasureDirectory), home.CorpusDirectory(options.Called("control"))];
        foreach (var directory in made)
        {
            ArtifactDirectory.RequireFree(directory, options.Replace);
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }
}

/// <summary>What is to be proved, and how.</summary>
internal sealed record ProveOptions
{
    /// <summary>Where the models, corpora and runs are.</summary>
    public required TdaHome Home { get; init; }

    /// <summary>The lab model that was trained on the original corpus; null with a surrogate.</summary>
    public string? Lab { get; init; }

    /// <summary>A surrogate, whose architecture, tokenizer and training fresh models take; null with a lab model.</summary>
    public string? Surrogate { get; init; }

    /// <summary>The curated corpus.</summary>
    public required string Corpus { get; init; }

    /// <summary>Passes over the documents, at least 1; null: as the model was trained.</summary>
    public int? Epochs { get; init; }

    /// <summary>Seed of weights and order; null: the model's.</summary>
    public int? Seed { get; init; }

    /// <summary>λ: weight of masked tokens' negated loss, at least 0. Default 1.</summary>
    public double Penalty { get; init; } = 1;

    /// <summary>Seed of the random control. Default 1.</summary>
    public int ControlSeed { get; init; } = 1;

    /// <summary>What is measured of each model; the directories are the proof's to choose.</summary>
    public required MeasureOptions Measure { get; init; }

    /// <summary>The proof's name, with which the names of what it makes begin.</summary>
    public required string Out { get; init; }

    /// <summary>Whether a proof of this name, and what it made, may be replaced.</summary>
    public bool Replace { get; init; }

    /// <summary>The name of a part.</summary>
    public string Called(string part) => $"{Out}-{part}";
}

/// <summary>A finished proof.</summary>
/// <param name="Directory">Its folder.</param>
/// <param name="Before">Lab model before.</param>
/// <param name="After">Lab model trained on the curated corpus.</param>
/// <param name="Control">Lab model trained on the random control.</param>
/// <param name="Run">The run that has the comparison.</param>
/// <param name="Comparison">What came out.</param>
internal sealed record Proof(string Directory, string Before, string After, string Control, string Run, MeasurementComparison Comparison);
