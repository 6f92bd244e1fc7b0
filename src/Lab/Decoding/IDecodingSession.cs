namespace Tda.Lab.Decoding;

/// <summary>
/// A batch of sequences that grow together over one key and value cache. Rows are independent: a row's logits are the
/// same, up to floating-point summation order, whichever rows share the batch. Not thread-safe.
/// </summary>
public interface IDecodingSession : IDisposable
{
    /// <summary>Sequences in the batch.</summary>
    int Rows { get; }

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
