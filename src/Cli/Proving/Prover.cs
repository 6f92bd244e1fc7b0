using System.Text.Json.Nodes;
using Tda.Curation.Ledger;
using Tda.Curation.Measures;
using Tda.Curation.Plans;
using Tda.Curation.Rendering;
using Tda.Lab.Training;
using Tda.Labels.Judges;

namespace Tda.Cli.Proving;

/// <summary>
/// Proves on a model of one's own whether curations help, by a plan, which says how the model was trained and the corpora curated: 1. see
/// that the prompts can be read; 2. go on with a stopped proof of the same settings; 3. make the controls, of the first curation's size;
/// 4. train with every seed on the original corpus (where the model itself isn't that), on each curated one, and on each control, alike but for the
/// documents; 5. measure all of them on the same prompts; 6. compare, and put the comparisons into the run that the first curation came from.
/// </summary>
internal static class Prover
{
    internal const string Format = "tda.proof";
    internal const int Version = 2;

    /// <summary>Runs a proof; stopped, the same call goes on with the steps that are done.</summary>
    /// <exception cref="UsageException">The proof exists, was begun with other settings, or the settings make no sense.</exception>
    /// <exception cref="BadInputException">Model, corpus, run or a file can't be used.</exception>
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
        progress.Message($"[1/4] controls: {string.Join(", ", options.Controls.Select(control => control.Name))}");
        var arms = await ArmsAsync(options, plan, judge, steps);

        // 4. One after the other: each has the machine's memory to itself, and a stop loses one training at most.
        progress.Message($"[2/4] {arms.Count * plan.Seeds.Count - (plan.Before is null ? 0 : 1):N0} trainings, alike but for the documents");
        foreach (var (i, seed) in plan.Seeds.Index())
        {
            foreach (var arm in arms.Where(arm => options.LabOf(plan, arm.Name, i) != plan.Before))
            {
                var own = steps.Named(plan.Seeds.Count == 1 ? arm.Name : $"{arm.Name}, seed {seed}");
                var output = home.LabDirectory(options.LabOf(plan, arm.Name, i));
                if (arm.Corpus is { } corpus)
                {
                    own.Train(plan.Training(output, corpus, options.Penalty, seed));
                }
                else
                {
                    var before = options.LabOf(plan, ProveOptions.Before, i);
                    var preferring = new DpoOptions { BaseDirectory = home.LabDirectory(before), OutputDirectory = output, Seed = seed };
                    await own.PreferAsync(before, preferring, options.Logged, options.Measure, judge);
                }
            }
        }

        // 5.
        progress.Message($"[3/4] asking {arms.Count * plan.Seeds.Count:N0} models");
        var measured = await MeasureAsync(options, plan, arms, judge, steps);

        // 6.
        progress.Message("[4/4] comparing");
        var plans = PlanComparison.Of(plan.Seeds, [.. arms.Zip(measured, (arm, found) => new PlanArm(arm.Name, arm.Kind, arm.What, arm.Removed, found))]);
        Measurement? Of(string name) => arms.Index().Where(arm => arm.Item.Name == name).Select(arm => measured[arm.Index][0]).FirstOrDefault();
        var (first, last) = (Of(ProveOptions.Before)!, Of(plan.Curated[0].Name)!);
        var comparison = MeasurementComparison.Of(first, last, Of("random"));
        string[] written = [artifact.PathOf(MeasurementComparison.FileName), artifact.PathOf(PlanComparison.FileName)];
        comparison.Write(written[0]);
        plans.Write(written[1]);
        AtomicFile.WriteText(artifact.PathOf(PlansPage.FileName), PlansPage.Render(plans, options.Out));
        if (plan.Curated[0].Run is { } run)
        {
            comparison.AddTo(home.RunDirectory(run), first, last);
            plans.AddTo(home.RunDirectory(run));
        }

        var labs = arms.ToDictionary(arm => arm.Name, arm => plan.Seeds.Select((_, i) => options.LabOf(plan, arm.Name, i)).ToArray());
        artifact.Manifest.Details = JsonSerializer.SerializeToNode(new { labs, plan.Curated[0].Run }, JsonDefaults.Options)!.AsObject();
        artifact.Commit();
        return new Proof(artifact.FinalDirectory, plan.Curated[0].Run, labs, comparison, plans);
    }

    /// <summary>What is trained, the one before first, then the curations, then the controls, which are curated here.</summary>
    private static async Task<IReadOnlyList<ProofArm>> ArmsAsync(ProveOptions options, ProofPlan plan, IJudge judge, KeptSteps steps)
    {
        var (home, cancel) = (options.Home, steps.Cancel);
        var controls = new ProofControls(options, plan, judge);
        var original = home.CorpusDirectory(plan.Corpus);
        var arms = new List<ProofArm> { new(ProveOptions.Before, PlanKind.Before, $"corpus {plan.Corpus} as it is", original, null) };
        arms.AddRange(plan.Curated.Select(one => new ProofArm(
            one.Name, PlanKind.Plan, one.Rules(), one.Corpus.Directory, controls.RemovedBy(one.Decisions(), cancel))));
        var budget = arms[1].Removed!.Tokens;
        foreach (var control in options.Controls)
        {
            if (control.Kind == ControlKind.Dpo)
            {
                arms.Add(new ProofArm(control.Name, PlanKind.Control, "taught to prefer harmless answers (DPO)", null, null));
                continue;
            }

            var directory = home.CorpusDirectory(options.Called(control.Name));
            if (!Directory.Exists(directory))
            {
                var decisions = await controls.DecideAsync(control, budget, steps.Progress, cancel);
                if (decisions.Count == 0)
                {
                    steps.Progress.Message($"control {control.Name} takes nothing away: it would be the model before, and is left out");
                    continue;
                }

                // A random control is drawn from the run's scores, so it is of that run too.
                var run = control.Kind == ControlKind.Random && plan.Curated[0].Run is { } name ? home.RunDirectory(name) : null;
                var inputs = run is null ? null : new Dictionary<string, string>([ArtifactReference.InputOf(run)]);
                steps.Curate(new CurateOptions
                {
                    CorpusDirectory = original,
                    OutputDirectory = directory,
                    Plan = PlanFile.Of(decisions, control.Name, inputs),
                });
            }

            var made = ProvedCorpus.Open(home, options.Called(control.Name), control.Name);
            var done = made.Decisions();
            arms.Add(new ProofArm(
                control.Name, control.Kind == ControlKind.Without ? PlanKind.Ceiling : PlanKind.Control, made.Rules(), directory, controls.RemovedBy(done, cancel)));
        }

        return arms;
    }

    /// <summary>Measures every model, as many at once as there are cores.</summary>
    /// <returns>For every arm a measurement a seed.</returns>
    private static async Task<Measurement[][]> MeasureAsync(
        ProveOptions options, ProofPlan plan, IReadOnlyList<ProofArm> arms, IJudge judge, KeptSteps steps)
    {
        var measured = arms.Select(_ => new Measurement[plan.Seeds.Count]).ToArray();
        var all = from seed in Enumerable.Range(0, plan.Seeds.Count) from arm in Enumerable.Range(0, arms.Count) select (Arm: arm, Seed: seed);
        await Parallel.ForEachAsync(
            all,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount, CancellationToken = steps.Cancel },
            async (one, _) =>
            {
                var name = arms[one.Arm].Name;
                measured[one.Arm][one.Seed] = await steps.Named(name).MeasureAsync(
                    options.LabOf(plan, name, one.Seed),
                    options.Measure with { Directory = options.Home.MeasureDirectory(options.Called(name, plan, one.Seed)), Replace = false }, judge);
            });
        return measured;
    }

    private static ArtifactDirectory Start(ProveOptions options, ProofPlan plan, IJudge judge)
    {
        var directory = options.Home.ProofDirectory(options.Out);
        var settings = new JsonObject
        {
            ["lab"] = options.Lab,
            ["surrogate"] = options.Surrogate,
            ["corpora"] = new JsonArray([.. options.Corpora.Select(name => JsonValue.Create(name))]),
            ["controls"] = new JsonArray([.. options.Controls.Select(control => JsonValue.Create($"{control.Name}{(control.Argument is { } given ? $":{given}" : "")}"))]),
            ["seeds"] = options.Seeds,
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

        if (options.Labelled is { } labelled)
        {
            inputs["labelled"] = Hashing.Sha256File(labelled);
        }

        if (options.Logged.Count > 0)
        {
            inputs["logged answers"] = Hashing.Sha256(Encoding.UTF8.GetBytes(string.Join('\n', options.Logged.Select(query => query.Id))));
        }

        var seeds = new SortedDictionary<string, long>(StringComparer.Ordinal)
        {
            ["training"] = plan.Seeds[0],
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

            Clear(options, plan);
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
    private static void Clear(ProveOptions options, ProofPlan plan)
    {
        var home = options.Home;
        string[] arms = [ProveOptions.Before, .. options.Corpora.Select(options.ArmOf), .. options.Controls.Select(control => control.Name)];
        string[] names = [.. arms.SelectMany(arm => plan.Seeds.Select((_, seed) => options.Called(arm, plan, seed)))];
        string[] made =
        [
            .. names.Select(home.LabDirectory), .. names.Select(home.MeasureDirectory),
            .. options.Controls.Select(control => home.CorpusDirectory(options.Called(control.Name))),
        ];
        foreach (var directory in made)
        {
            ArtifactDirectory.RequireFree(directory, options.Replace);
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }
    }

    /// <summary>A model that is trained once a seed.</summary>
    /// <param name="Name">Its name, with which its artifacts end.</param>
    /// <param name="Kind">What it is.</param>
    /// <param name="What">What is done to its training data, in words.</param>
    /// <param name="Corpus">Folder of the corpus that it learns; null where the model before is taught preferences.</param>
    /// <param name="Removed">How much of the original corpus that leaves away.</param>
    private sealed record ProofArm(string Name, PlanKind Kind, string What, string? Corpus, RemovedData? Removed);
}

/// <summary>A finished proof.</summary>
/// <param name="Directory">Its folder.</param>
/// <param name="Run">The run that has the comparisons; null where the first curation came from none.</param>
/// <param name="Labs">Lab models by the name of what they were trained on, one a seed.</param>
/// <param name="Comparison">The first curation against the model before and the random control, answer by answer, with the first seed.</param>
/// <param name="Plans">All of them, over all seeds.</param>
internal sealed record Proof(
    string Directory, string? Run, IReadOnlyDictionary<string, string[]> Labs, MeasurementComparison Comparison, PlanComparison Plans);
