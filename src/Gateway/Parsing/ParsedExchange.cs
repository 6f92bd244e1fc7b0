using System.Text;
using Tda.Core.Exchanges;

namespace Tda.Gateway.Parsing;

/// <summary>What could be read of an exchange. Filled piece by piece, so that a malformed part leaves the parts before it.</summary>
internal sealed class ParsedExchange
{
    private readonly StringBuilder _response = new();
    private readonly List<TokenLogprob> _logprobs = [];
    private bool _hasResponse;
    private bool _hasLogprobs;

    public string? Model { get; set; }

    public string? Prompt { get; set; }

    public IReadOnlyList<ChatMessage>? Messages { get; set; }

    public string? Response => _hasResponse ? _response.ToString() : null;

    public string? ToolCalls { get; set; }

    public string? FinishReason { get; set; }

    public IReadOnlyList<TokenLogprob>? Logprobs => _hasLogprobs ? _logprobs : null;

    public Usage? Usage { get; set; }

    /// <summary>Where in the body the first event with content begins; null when unknown.</summary>
    public long? FirstContentOffset { get; set; }

    /// <summary>Whether a stream ended before its end; only known for routes with a parser.</summary>
    public bool StreamCut { get; set; }

    /// <summary>Whether an error came as an event of the stream.</summary>
    public bool StreamError { get; set; }

    /// <summary>What could not be read; null when all could.</summary>
    public string? Error { get; private set; }

    public void AddText(string text)
    {
        _hasResponse = true;
        _response.Append(text);
    }

    public void AddLogprobs(IEnumerable<TokenLogprob> tokens)
    {
        _hasLogprobs = true;
        _logprobs.AddRange(tokens);
    }

    /// <summary>Notes an error; the first two stand, more would only repeat them.</summary>
    public void AddError(string error)
    {
        const int Enough = 2;
        var errors = Error?.Split("; ").Length ?? 0;
        Error = errors == 0 ? error : errors < Enough ? $"{Error}; {error}" : Error;
    }
}
