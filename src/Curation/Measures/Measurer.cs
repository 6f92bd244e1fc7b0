using System.Text.Json.Nodes;
using Tda.Labels.Judges;

namespace Tda.Curation.Measures;

/// <summary>
/// Measures how a model answers: 1. read the prompts, 2. go on with a stopped measurement of the same, 3. ask what isn't answered yet and
/// judge each answer, 4. take the perplexity of benign texts where the model can tell, 5. sum up and commit.
/// </summary>
public static class Measurer
{
    /// <summary>Measures; stopped, the same call goes on with the answers that are there.</summary>
    /// <exception cref="UsageException">Options out of range, or the measurement exists.</exception>
    /// <exception cref="BadInputException">A prompt file can't be used.</exception>
    /// <exception cref="TdaException">The model can't be reached, or refused every prompt.</exception>
    public static async Task<Measurement> RunAsync(
        MeasureOptions options, IAskedModel model, IJudge judge, IProgressSink progress, TimeProvider time, CancellationToken cancel)
    {
        // 1.
        options.Validate();
        var harm = PromptSet.Read(options.PromptFile);
        var benign = options.BenignFile is { } file ? PromptSet.Read(file, textsAlone: true) : null;
        List<Asked> asked = [.. All(harm, PromptKind.Harm, options.Choices), .. benign is null ? [] : All(benign, PromptKind.Benign, options.Choices)];

        // 2.
        using var artifact = Start(options, model, judge, time);
        var log = artifact.PathOf(Measurement.AnswersFile);
        var answers = Given(log);

        // 3.
        using (var task = progress.Start($"asking {model.Name}", asked.Count, "answers"))
        {
            task.Report(answers.Count);
            // Unbuffered: a killed measurement loses no answer that it has paid for.
            using var writer = new FileStream(log, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
            foreach (var set in asked.Where(one => !answers.ContainsKey(one.Key)).GroupBy(one => one.Set))
            {
                var places = set.ToDictionary(one => one.Index);
                var given =
                    model.AskAsync([.. set.Select(one => new Question(one.Line.Prompt!, one.Index))], options.Ask, progress, cancel);
                // Judges that ask a model are slow too. Each gets the caller's token: an answer is judged and kept though another fails.
                await Parallel.ForEachAsync(
                    given, new ParallelOptions { MaxDegreeOfParallelism = options.Ask.Concurrency, CancellationToken = cancel },
                    async (answer, _) =>
                    {
                        var place = places[answer.Question.Index];
                        var verdict = answer.Text.Length == 0
                            ? new Judgement(false)
                            : await judge.JudgeAsync(place.Line.Prompt!, answer.Text, cancel);
                        var measured = new MeasuredAnswer(
                            place.Set, place.Line.Id, place.Choice, place.Line.Prompt!, answer.Text, verdict.Harmful, verdict.Score,
                            answer.Refusal, verdict.Unclear);
                        lock (answers)
                        {
                            writer.Write([.. JsonSerializer.SerializeToUtf8Bytes(measured, JsonDefaults.Options), (byte)'\n']);
                            answers.Add(place.Key, measured);
                            task.Report(answers.Count);
                        }
                    });
            }
        }

        List<MeasuredAnswer> ordered = [.. asked.Select(one => answers[one.Key])];
        if (ordered.All(answer => answer.Refusal is not null))
        {
            throw new TdaException($"{model.Name} refused every prompt: {ordered[0].Refusal}");
        }

        if (ordered.Where(answer => answer.Set == PromptKind.Harm).All(answer => answer.Harmful is null))
        {
            throw new TdaException($"{judge.Name} gave no verdict that can be read, on any answer. It said: {ordered[0].Unclear}");
        }

        // 4.
        PromptLine[] lines = [.. benign?.Texts ?? []];
        var likelihoods =
            lines.Length == 0 ? null : await model.LikelihoodsAsync([.. lines.Select(line => line.Text!)], options.Ask, progress, cancel);
        List<MeasuredText> texts =
        [
            .. lines.Zip(likelihoods?.Texts ?? [])
                .Where(pair => pair.Second is not null)
                .Select(pair => MeasuredText.Of(pair.First.Id, pair.First.Text!, pair.Second!)),
        ];

        // 5.
        var summary = Summary(options, model, judge, ordered, texts) with
        {
            TextsLeftOut = lines.Length - texts.Count,
            LeftOutBecause = likelihoods?.Missing,
        };
        JsonLines.Write(log, ordered);
        if (texts.Count > 0)
        {
            JsonLines.Write(artifact.PathOf(Measurement.TextsFile), texts);
        }

        AtomicFile.WriteJson(artifact.PathOf(Measurement.SummaryFile), summary);
        artifact.Commit();
        return new Measurement(Path.GetFileName(options.Directory), summary, ordered, texts);
    }

    /// <summary>Opens a measurement that stands already.</summary>
    /// <exception cref="UsageException">It is of other prompts, another model or judge, or was asked otherwise.</exception>
    /// <exception cref="BadInputException">It is missing or damaged, or a prompt file can't be read.</exception>
    public static Measurement Finished(MeasureOptions options, IAskedModel model, IJudge judge)
    {
        var manifest = ArtifactDirectory.Open(options.Directory, Measurement.Format, Measurement.Version).Manifest;
        return IsOf(manifest, Identity(options, model, judge), options.Ask.Seed)
            ? Measurement.Open(options.Directory)
            : throw new UsageException($"{options.Directory} is there already, of other prompts, another model or judge, or asked otherwise. Choose another name, or replace it (--replace).");
    }

    private static IEnumerable<Asked> All(PromptSet set, PromptKind kind, int choices) =>
        set.Asked.SelectMany((line, i) => Enumerable.Range(0, choices).Select(choice => new Asked(kind, line, choice, i * choices + choice)));

    /// <summary>Goes on with a stopped measurement of the same prompts, model, judge and options; else starts anew.</summary>
    private static ArtifactDirectory Start(MeasureOptions options, IAskedModel model, IJudge judge, TimeProvider time)
    {
        var (asked, inputs) = Identity(options, model, judge);
        var artifact = ArtifactDirectory.Resume(options.Directory, Measurement.Format, Measurement.Version, time, options.Replace);
        if (artifact.Resumed && IsOf(artifact.Manifest, (asked, inputs), options.Ask.Seed))
        {
            return artifact;
        }

        artifact.Dispose();
        artifact = ArtifactDirectory.Create(options.Directory, Measurement.Format, Measurement.Version, time, options.Replace);
        artifact.Manifest.Command = options.Command;
        artifact.Manifest.Options = asked;
        artifact.Manifest.Inputs = inputs;
        artifact.Manifest.Seeds["answers"] = options.Ask.Seed;
        artifact.SaveManifest();
        return artifact;
    }

    private static bool IsOf(Manifest manifest, (JsonObject Asked, SortedDictionary<string, string> Inputs) identity, long seed) =>
        JsonNode.DeepEquals(manifest.Options, identity.Asked) && manifest.Inputs.SequenceEqual(identity.Inputs)
        && manifest.Seeds.GetValueOrDefault("answers") == seed;

    /// <summary>What decides a measurement, apart from the seed, as its manifest says it.</summary>
    private static (JsonObject Asked, SortedDictionary<string, string> Inputs) Identity(MeasureOptions options, IAskedModel model, IJudge judge)
    {
        var asked = new JsonObject
        {
            ["model"] = model.Name,
            ["judge"] = judge.Name,
            ["choices"] = options.Choices,
            ["temperature"] = options.Ask.Temperature,
            ["max_tokens"] = options.Ask.MaxTokens,
        };
        var inputs = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["prompts"] = Hashing.Sha256File(options.PromptFile) };
        if (options.BenignFile is { } benign)
        {
            inputs["benign"] = Hashing.Sha256File(benign);
        }

        foreach (var (name, hash) in new[] { model.Artifact, judge.Artifact }.OfType<KeyValuePair<string, string>>())
        {
            inputs[name] = hash;
        }

        return (asked, inputs);
    }

    private static MeasurementSummary Summary(
        MeasureOptions options, IAskedModel model, IJudge judge, List<MeasuredAnswer> answers, List<MeasuredText> texts) => new()
        {
            Model = model.Name,
            Judge = judge.Name,
            Temperature = options.Ask.Temperature,
            MaxTokens = options.Ask.MaxTokens,
            Choices = options.Choices,
            Seed = options.Ask.Seed,
            Harm = MeasuredRate.Of(answers.Where(answer => answer.Set == PromptKind.Harm))!,
            FalseAlarms = MeasuredRate.Of(answers.Where(answer => answer.Set == PromptKind.Benign)),
            Perplexity = MeasuredPerplexity.Of(texts),
            Empty = answers.Count(answer => answer.Text.Length == 0 && answer.Refusal is null),
            Refused = answers.Count(answer => answer.Refusal is not null),
            Unjudged = answers.Count(answer => answer.Harmful is null),
        };

    private sealed record Asked(PromptKind Set, PromptLine Line, int Choice, int Index)
    {
        public (PromptKind, string, int) Key => (Set, Line.Id, Choice);
    }

    /// <summary>The answers that a stopped measurement left; a last line that a kill cut off is taken away.</summary>
    private static Dictionary<(PromptKind, string, int), MeasuredAnswer> Given(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite))
        {
            var bytes = new byte[file.Length];
            file.ReadExactly(bytes);
            file.SetLength(Array.LastIndexOf(bytes, (byte)'\n') + 1);
        }

        return JsonLines.Read<MeasuredAnswer>(path).ToDictionary(answer => (answer.Set, answer.Id, answer.Choice));
    }
}

/// <summary>What is measured, and how.</summary>
public sealed record MeasureOptions
{
    /// <summary>Where the measurement goes: <c>measures/NAME</c>.</summary>
    public required string Directory { get; init; }

    /// <summary>Prompts that may lead to harm: a <see cref="PromptSet"/>.</summary>
    public required string PromptFile { get; init; }

    /// <summary>Prompts that shouldn't, and texts whose perplexity is measured; null measures neither.</summary>
    public string? BenignFile { get; init; }

    /// <summary>Answers to each prompt, 1 to 100. Default 1.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>How answers are drawn.</summary>
    public AskOptions Ask { get; init; } = new();

    /// <summary>Whether a measurement of this name may be replaced.</summary>
    public bool Replace { get; init; }

    /// <summary>What the manifest says it was made by.</summary>
    public string Command { get; init; } = "tda measure";

    /// <summary>Checks all ranges.</summary>
    /// <exception cref="UsageException">Names all that is out of range.</exception>
    public void Validate()
    {
        var checks = new OptionChecks().Between("choices", Choices, 1, 100);
        Ask.Check(checks);
        checks.Throw("The measurement's");
    }
}
