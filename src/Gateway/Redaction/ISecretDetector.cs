namespace Tda.Gateway.Redaction;

/// <summary>Finds one kind of secret in text. Used by many requests at once, so it must be safe for concurrent use.</summary>
public interface ISecretDetector
{
    /// <summary>What it finds, for the mask: lower-case letters, digits and '_'.</summary>
    string Name { get; }

    /// <summary>
    /// Reports every secret in <paramref name="text"/>, which is UTF-8 (malformed where the sender's was) with escapes
    /// resolved. Called on the hot path: it should find out quickly that there is none. It may not throw.
    /// </summary>
    void Find(ReadOnlySpan<byte> text, SecretSpans found);
}
