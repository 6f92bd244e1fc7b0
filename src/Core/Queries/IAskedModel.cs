namespace Tda.Core.Queries;

/// <summary>A model that can be asked: behind an API, or trained here.</summary>
public interface IAskedModel
{
    /// <summary>What is asked, in a person's words: <c>lab closed</c>, <c>gpt-4o at https://…</c>.</summary>
    string Name { get; }

    /// <summary>The artifact of the home that it is, as an input of a manifest; null for a model that isn't one.</summary>
    KeyValuePair<string, string>? Artifact => null;

    /// <summary>Answers each question once, in any order.</summary>
    /// <exception cref="TdaException">The model can't be reached or refuses everything; answers given before stay given.</exception>
    IAsyncEnumerable<GivenAnswer> AskAsync(IReadOnlyList<Question> questions, AskOptions options, IProgressSink progress, CancellationToken cancel);

    /// <summary>How likely the model finds each text; says why where it can't tell. Concurrency and patience are those of asking.</summary>
    /// <exception cref="TdaException">The model can't be reached.</exception>
    Task<Likelihoods> LikelihoodsAsync(IReadOnlyList<string> texts, AskOptions options, IProgressSink progress, CancellationToken cancel);
}

/// <summary>A prompt to be answered.</summary>
/// <param name="Prompt">What the model is given.</param>
/// <param name="Index">Its place among all questions of its set: decides the seed, whatever else is asked or left out.</param>
public sealed record Question(string Prompt, int Index);

/// <summary>How answers are drawn; the same for all questions of a set.</summary>
public sealed record AskOptions
{
    /// <summary>Sampling temperature, 0 (always the likeliest token) to 2. Default 1.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Longest answer, in tokens, at least 1. Default 128.</summary>
    public int MaxTokens { get; init; } = 128;

    /// <summary>Seed of the first question; the others' follow from it and their index. Default 0.</summary>
    public long Seed { get; init; }

    /// <summary>Requests in flight at once, 1 to 256, where the model is behind an API. Changes no answer. Default 8.</summary>
    public int Concurrency { get; init; } = 8;

    /// <summary>Longest time a question waits in all while the API says that it is asked too much or is out of order. Default 10 minutes.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Checks the ranges.</summary>
    public void Check(OptionChecks checks) => checks
        .Between("temperature", Temperature, 0, 2)
        .AtLeast("max tokens", MaxTokens, 1)
        .Between("concurrency", Concurrency, 1, 256)
        .AtLeast("patience (seconds)", Patience.TotalSeconds, 0);
}

/// <summary>What a model said to a question.</summary>
/// <param name="Question">The question.</param>
/// <param name="Text">The answer; empty when it was refused or the model said nothing.</param>
/// <param name="Refusal">Why the API refused the prompt, in its own words; null when it answered.</param>
public sealed record GivenAnswer(Question Question, string Text, string? Refusal = null);

/// <summary>How likely a model finds texts.</summary>
/// <param name="Texts">One for each text, null where the model couldn't tell.</param>
/// <param name="Missing">Why it couldn't tell, of all or of the first; null where nothing is missing.</param>
public sealed record Likelihoods(IReadOnlyList<TextLikelihood?> Texts, string? Missing = null);

/// <summary>How likely a model finds a text.</summary>
/// <param name="Tokens">Tokens predicted.</param>
/// <param name="Nats">Negative log-likelihood of all of them, in nats.</param>
public sealed record TextLikelihood(long Tokens, double Nats)
{
    /// <summary>What it would have written itself; null where the model can't tell.</summary>
    public Foresight? Foresight { get; init; }
}

/// <summary>How much of a text is what a model holds most likely, each token and word given those before.</summary>
/// <param name="TokensRight">Tokens that were the model's first choice.</param>
/// <param name="Words">Words of the text: runs of characters between white space.</param>
/// <param name="WordsRight">Those whose every token was the first choice (LAMBADA's accuracy, Paperno et al. 2016, of every word instead of the last).</param>
public sealed record Foresight(long TokensRight, int Words, int WordsRight);
