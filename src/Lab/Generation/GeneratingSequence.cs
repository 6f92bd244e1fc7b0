namespace Tda.Lab.Generation;

/// <summary>One completion in the making. Deltas go to <paramref name="onDelta"/>, in order, from the decoding thread.</summary>
public sealed class GeneratingSequence(
    ITextModel model, TokenTexts texts, int[] prompt, SamplingSettings settings, ulong seed, Action<SequenceDelta> onDelta)
{
    private readonly TokenSampler _sampler = new(model.Tokenizer, settings, seed);
    private readonly TextAssembler _assembler = new(settings.Stop);
    private readonly int _limit = Math.Min(settings.MaxTokens ?? int.MaxValue, model.ContextLength - prompt.Length);
    private int _generated;

    /// <summary>BOS and the prompt's tokens.</summary>
    public int[] Prompt => prompt;

    /// <summary>The token to feed next; meaningful after <see cref="Advance"/> returned true.</summary>
    public int LastToken { get; private set; }

    /// <summary>Cancelled from any thread to give up on the sequence; the decoding loop drops it at its next step.</summary>
    public CancellationToken Cancelled { get; init; }

    /// <summary>Told when the sequence can't be finished, instead of a last delta.</summary>
    public Action<Exception>? OnFailed { get; init; }

    /// <summary>Draws the next token from a row of logits and reports it; false when the completion has ended.</summary>
    public bool Advance(Span<float> logits)
    {
        var token = _sampler.Next(logits);
        if (token.Id == model.Tokenizer.EosId)
        {
            End(_assembler.Finish(), FinishReason.Stop);
            return false;
        }

        LastToken = token.Id;
        _generated++;
        var released = _assembler.Push(token, texts.Bytes(token.Id));
        if (_assembler.Stopped)
        {
            End(released, FinishReason.Stop);
            return false;
        }

        if (_generated < _limit)
        {
            if (released.Text.Length > 0 || released.Tokens.Count > 0)
            {
                onDelta(new SequenceDelta(released.Text, released.Tokens, null, _generated));
            }

            return true;
        }

        var rest = _assembler.Finish();
        End((released.Text + rest.Text, [.. released.Tokens, .. rest.Tokens]), FinishReason.Length);
        return false;
    }

    private void End((string Text, IReadOnlyList<GeneratedToken> Tokens) last, FinishReason reason) =>
        onDelta(new SequenceDelta(last.Text, last.Tokens, reason, _generated));
}

/// <summary>
/// What one step adds to a completion: whole characters only, and the tokens that begin inside that text. A completion is
/// the concatenation of its deltas, so a streamed answer and a plain one can't differ.
/// </summary>
/// <param name="Text">New text; may be empty.</param>
/// <param name="Tokens">Tokens that begin in the new text (or complete it, on the last delta).</param>
/// <param name="Finish">Set on the last delta only.</param>
/// <param name="GeneratedTokens">Tokens drawn so far, without EOS.</param>
public sealed record SequenceDelta(string Text, IReadOnlyList<GeneratedToken> Tokens, FinishReason? Finish, int GeneratedTokens);

/// <summary>A completion put together from its deltas.</summary>
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

/// <summary>Why a completion ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended the text (EOS), or a stop sequence came up.</summary>
    Stop,

    /// <summary>The token limit or the end of the context was reached.</summary>
    Length,
}
