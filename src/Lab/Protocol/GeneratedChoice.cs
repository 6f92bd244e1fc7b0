using System.Text;
using Tda.Lab.Decoding;
using Tda.Lab.Generation;

namespace Tda.Lab.Protocol;

/// <summary>One completion of a plain (not streamed) answer, put together from its deltas.</summary>
public sealed class GeneratedChoice
{
    private readonly StringBuilder _text = new();
    private readonly List<GeneratedToken> _tokens = [];

    /// <summary>The text so far.</summary>
    public string Text => _text.ToString();

    /// <summary>The tokens that begin in it.</summary>
    public IReadOnlyList<GeneratedToken> Tokens => _tokens;

    /// <summary>Set by the last delta.</summary>
    public FinishReason? Finish { get; private set; }

    /// <summary>Tokens drawn, those of a stop sequence included.</summary>
    public int GeneratedTokens { get; private set; }

    /// <summary>Appends a delta.</summary>
    public void Add(SequenceDelta delta)
    {
        _text.Append(delta.Text);
        _tokens.AddRange(delta.Tokens);
        Finish = delta.Finish;
        GeneratedTokens = delta.GeneratedTokens;
    }
}
