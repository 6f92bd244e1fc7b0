namespace Tda.Curation.Measures;

/// <summary>A finished measurement: <c>measures/NAME</c> with its summary, every answer, and the likelihood of every benign text.</summary>
/// <param name="Name">The folder's name.</param>
/// <param name="Summary">What it came to.</param>
/// <param name="Answers">All answers: by set, in the order of the prompts, then by choice.</param>
/// <param name="Texts">Benign texts in the file's order; empty where none were measured.</param>
public sealed record Measurement(string Name, MeasurementSummary Summary, IReadOnlyList<MeasuredAnswer> Answers, IReadOnlyList<MeasuredText> Texts)
{
    internal const string Format = "tda.measurement";
    internal const int Version = 1;
    internal const string SummaryFile = "measurement.json";
    internal const string AnswersFile = "answers.jsonl";
    internal const string TextsFile = "texts.jsonl";

    /// <summary>Opens a measurement.</summary>
    /// <exception cref="BadInputException">Missing, damaged, newer, or not a measurement; says which.</exception>
    public static Measurement Open(string directory)
    {
        var artifact = ArtifactDirectory.Open(directory, Format, Version);
        var path = artifact.PathOf(SummaryFile);
        var summary = JsonFile.Read<MeasurementSummary>(path);
        IReadOnlyList<MeasuredText> texts =
            artifact.Manifest.Outputs.ContainsKey(TextsFile) ? [.. JsonLines.Read<MeasuredText>(artifact.PathOf(TextsFile))] : [];
        return new Measurement(
            Path.GetFileName(artifact.Directory), summary, [.. JsonLines.Read<MeasuredAnswer>(artifact.PathOf(AnswersFile))], texts);
    }
}

/// <summary>What a measurement came to, and what decides it.</summary>
public sealed record MeasurementSummary
{
    /// <summary>Who answered.</summary>
    public required string Model { get; init; }

    /// <summary>Who judged: <see cref="Labels.Judges.IJudge.Name"/>.</summary>
    public required string Judge { get; init; }

    /// <summary>Sampling temperature.</summary>
    public required double Temperature { get; init; }

    /// <summary>Longest answer, in tokens.</summary>
    public required int MaxTokens { get; init; }

    /// <summary>Answers to each prompt.</summary>
    public required int Choices { get; init; }

    /// <summary>Seed of the first answer.</summary>
    public required long Seed { get; init; }

    /// <summary>Harmful answers to the prompts.</summary>
    public required MeasuredRate Harm { get; init; }

    /// <summary>Answers to benign prompts that are called harmful; null where none were asked.</summary>
    public MeasuredRate? FalseAlarms { get; init; }

    /// <summary>Perplexity of benign texts; null where none were given or the model can't tell.</summary>
    public MeasuredPerplexity? Perplexity { get; init; }

    /// <summary>Answers without a character that weren't refused.</summary>
    public required int Empty { get; init; }

    /// <summary>Prompts that the API refused; they count as harmless answers.</summary>
    public required int Refused { get; init; }

    /// <summary>Answers without a verdict that can be read; they count in no rate.</summary>
    public int Unjudged { get; init; }

    /// <summary>Benign texts whose likelihood the model couldn't tell.</summary>
    public int TextsLeftOut { get; init; }

    /// <summary>Why, of the first of them; null where there is none.</summary>
    public string? LeftOutBecause { get; init; }
}

/// <summary>Sets of prompts in a measurement.</summary>
public enum PromptKind
{
    /// <summary>Prompts that may lead to harm.</summary>
    Harm,

    /// <summary>Prompts that shouldn't.</summary>
    Benign,
}

/// <summary>An answer and the verdict on it.</summary>
/// <param name="Set">Which prompts it belongs to.</param>
/// <param name="Id">The prompt's id.</param>
/// <param name="Choice">Which of the prompt's answers, from 0.</param>
/// <param name="Prompt">The prompt.</param>
/// <param name="Text">The answer.</param>
/// <param name="Harmful">The judge's verdict; null where it gave none that can be read, and then the answer counts for nothing.</param>
/// <param name="Score">The judge's probability of harm; null where it gives none.</param>
/// <param name="Refusal">Why the API refused the prompt; null when it answered.</param>
/// <param name="Unclear">What the judge said instead of a verdict; null where there is one.</param>
public sealed record MeasuredAnswer(
    PromptKind Set, string Id, int Choice, string Prompt, string Text, bool? Harmful = null, double? Score = null,
    string? Refusal = null, string? Unclear = null);

/// <summary>The likelihood of a benign text.</summary>
/// <param name="Id">The line's id.</param>
/// <param name="Tokens">Tokens predicted.</param>
/// <param name="Characters">UTF-16 characters.</param>
/// <param name="Nats">Negative log-likelihood in nats.</param>
/// <param name="Hash">The beginning of the text's SHA-256; null in files of earlier programs.</param>
public sealed record MeasuredText(string Id, long Tokens, long Characters, double Nats, string? Hash = null)
{
    private const int HashLength = 16;

    /// <summary>What the model would have written itself; null where it can't tell, and in files of earlier programs.</summary>
    public Foresight? Foresight { get; init; }

    internal static MeasuredText Of(string id, string text, TextLikelihood found) =>
        new(id, found.Tokens, text.Length, found.Nats, Hashing.Sha256(Encoding.UTF8.GetBytes(text))[..HashLength]) { Foresight = found.Foresight };

    /// <summary>Whether two are of the same words; where a hash is missing, of as many characters.</summary>
    internal bool IsSameText(MeasuredText other) =>
        Hash is null || other.Hash is null ? Characters == other.Characters : Hash == other.Hash;
}

/// <summary>A share of answers, with its 95 % interval.</summary>
/// <param name="Harmful">Answers called harmful.</param>
/// <param name="Answers">All answers with a verdict.</param>
/// <param name="Rate">The share.</param>
/// <param name="Low">Lower end: Wilson's with one answer a prompt, else of a bootstrap over prompts, whose answers resemble each other.</param>
/// <param name="High">Upper end.</param>
public sealed record MeasuredRate(int Harmful, int Answers, double Rate, double Low, double High)
{
    /// <summary>The rate of a set's answers that the judge gave a verdict on; null when there are none.</summary>
    public static MeasuredRate? Of(IEnumerable<MeasuredAnswer> answers)
    {
        var prompts = answers.Where(answer => answer.Harmful is not null).GroupBy(answer => answer.Id)
            .Select(group => (Harmful: group.Count(answer => answer.Harmful == true), Answers: group.Count())).ToArray();
        if (prompts.Length == 0)
        {
            return null;
        }

        var (harmful, all) = (prompts.Sum(prompt => prompt.Harmful), prompts.Sum(prompt => prompt.Answers));
        var interval = all == prompts.Length
            ? Proportions.Wilson(harmful, all)
            : Bootstrap.Of(harmful / (double)all, new BootstrapOptions(), draw =>
            {
                var drawn = draw(prompts.Length);
                return drawn.Sum(i => prompts[i].Harmful) / (double)drawn.Sum(i => prompts[i].Answers);
            });
        return new MeasuredRate(harmful, all, interval.Value, interval.Low, interval.High);
    }
}

/// <summary>Perplexity of benign texts, <c>exp(nats/tokens)</c>, with the 95 % interval of a bootstrap over texts.</summary>
/// <param name="Texts">How many texts.</param>
/// <param name="Tokens">Tokens predicted.</param>
/// <param name="Value">The perplexity of a token.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public sealed record MeasuredPerplexity(int Texts, long Tokens, double Value, double Low, double High)
{
    /// <summary>The perplexity over texts; null when there are none.</summary>
    public static MeasuredPerplexity? Of(IReadOnlyList<MeasuredText> texts)
    {
        if (texts.Count == 0)
        {
            return null;
        }

        var value = Perplexity(texts);
        var interval = Bootstrap.Of(value, new BootstrapOptions(), draw => Perplexity(draw(texts.Count).Select(i => texts[i])));
        return new MeasuredPerplexity(texts.Count, texts.Sum(text => text.Tokens), value, interval.Low, interval.High);
    }

    internal static double Perplexity(IEnumerable<MeasuredText> texts)
    {
        var (nats, tokens) = texts.Aggregate((Nats: 0.0, Tokens: 0L), (sum, text) => (sum.Nats + text.Nats, sum.Tokens + text.Tokens));
        return Math.Exp(nats / tokens);
    }
}
