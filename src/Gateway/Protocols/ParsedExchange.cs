using Tda.Core.Exchanges;

namespace Tda.Gateway.Protocols;

/// <summary>What could be read of an exchange. Filled piece by piece, so that a malformed part leaves the parts before it.</summary>
internal sealed class ParsedExchange
{
    private const int MostErrors = 2;
    private List<TokenLogprob>? _logprobs;
    private int _errors;

    public string? Model { get; set; }

    public string? Prompt { get; set; }

    public IReadOnlyList<ChatMessage>? Messages { get; set; }

    /// <summary>The response's text.</summary>
    public TextBuilder Text { get; } = new();

    /// <summary>What the model said before its answer.</summary>
    public TextBuilder Reasoning { get; } = new();

    public string? ToolCalls { get; set; }

    public string? FinishReason { get; set; }

    public IReadOnlyList<TokenLogprob>? Logprobs => _logprobs;

    public Usage? Usage { get; set; }

    /// <summary>Where in the body the first event with content begins; null when unknown.</summary>
    public long? FirstContentOffset { get; set; }

    /// <summary>Whether a stream ended before its end; only known for routes with a parser.</summary>
    public bool StreamCut { get; set; }

    /// <summary>Whether an error came as an event of the stream.</summary>
    public bool StreamError { get; set; }

    /// <summary>What could not be read; null when all could.</summary>
    public string? Error { get; private set; }

    /// <summary>Where log-probabilities are added; asking for it says that there are some.</summary>
    public List<TokenLogprob> AddLogprobs() => _logprobs ??= [];

    /// <summary>Notes an error; the first two stand, more would only repeat them.</summary>
    public void AddError(string error)
    {
        if (_errors < MostErrors)
        {
            Error = Error is null ? error : $"{Error}; {error}";
        }

        _errors++;
    }
}
