namespace Tda.Lab.Generation;

/// <summary>An autoregressive language model as the generation code sees it: a tokenizer, a context and batched decoding.</summary>
public interface ITextModel : IDisposable
{
    /// <summary>The tokenizer that the model was trained with.</summary>
    ITokenizer Tokenizer { get; }

    /// <summary>The most tokens that a sequence (BOS, prompt and completion) can have.</summary>
    int ContextLength { get; }

    /// <summary>The width of a row of logits; at least the tokenizer's vocabulary (a padded embedding has more).</summary>
    int VocabularySize { get; }

    /// <summary>Changes when the weights or the tokenizer do: with the same one, a seed gives the same completion again.</summary>
    string Fingerprint { get; }

    /// <summary>The logits after each token of a sequence: (tokens, vocabulary), row-major. Safe for concurrent use.</summary>
    float[] Logits(int[] tokens);

    /// <summary>Opens a batch of up to <paramref name="maxRows"/> sequences with their key and value cache.</summary>
    IDecodingSession Open(int maxRows);
}

/// <summary>
/// A batch of sequences that grow together over one key and value cache. Rows are independent: a row's logits are the
/// same, up to floating-point summation order, whichever rows share the batch. Not thread-safe.
/// </summary>
public interface IDecodingSession : IDisposable
{
    /// <summary>
    /// Appends sequences of any lengths as new rows and writes the logits that follow each prompt's last token:
    /// <paramref name="logits"/> is (prompts, vocabulary), row-major.
    /// </summary>
    void Prefill(IReadOnlyList<int[]> prompts, Span<float> logits);

    /// <summary>Appends one token to every row; <paramref name="logits"/> is (rows, vocabulary), row-major.</summary>
    void Decode(ReadOnlySpan<int> tokens, Span<float> logits);

    /// <summary>Takes a row out of the batch; the last row moves into its place.</summary>
    void Remove(int row);
}

/// <summary>Prompts as the model was trained to see them: BOS, then the text's tokens.</summary>
public static class PromptEncoder
{
    /// <summary>BOS and the tokens of <paramref name="prompt"/>.</summary>
    /// <exception cref="ContextLengthException">There is no room for one more token.</exception>
    public static int[] Encode(ITextModel model, string prompt)
    {
        int[] tokens = [model.Tokenizer.BosId, .. model.Tokenizer.Encode(prompt)];
        return tokens.Length < model.ContextLength ? tokens : throw new ContextLengthException(tokens.Length, model.ContextLength);
    }
}

/// <summary>A prompt that leaves no room for a completion.</summary>
public sealed class ContextLengthException(int promptTokens, int contextLength) : TdaException(
    $"This model's maximum context length is {contextLength} tokens (the beginning-of-text token included). However, your " +
    $"prompt has {promptTokens} tokens, which leaves no room for a completion. Please reduce the length of the prompt.");
