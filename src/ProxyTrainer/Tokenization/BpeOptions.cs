namespace Tda.ProxyTrainer.Tokenization;

/// <summary>How to train a tokenizer.</summary>
public sealed record BpeOptions
{
    /// <summary>Most tokens, with the three special ones and the 256 bytes; 260 to 1,000,000, default 2,000.</summary>
    public int VocabularySize { get; init; } = 2_000;

    /// <summary>A pair seen fewer times isn't merged; at least 1, default 2.</summary>
    public int MinimumFrequency { get; init; } = 2;

    internal void Validate()
    {
        var errors = new List<string>();
        if (VocabularySize is < 260 or > 1_000_000)
        {
            errors.Add($"vocabulary size {VocabularySize} is outside 260 to 1,000,000");
        }

        if (MinimumFrequency < 1)
        {
            errors.Add($"minimum frequency {MinimumFrequency} is below 1");
        }

        if (errors.Count > 0)
        {
            throw new UsageException("Tokenizer options: " + string.Join("; ", errors) + ".");
        }
    }
}
