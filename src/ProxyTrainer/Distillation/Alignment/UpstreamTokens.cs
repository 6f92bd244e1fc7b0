using System.Diagnostics.CodeAnalysis;

namespace Tda.ProxyTrainer.Distillation.Alignment;

/// <summary>
/// The tokens of a logged answer as the closed model cut it, with their log-probabilities: what the log holds, checked, and with bytes in
/// place of texts. One token more than the answer has text for is the answer's end, which some APIs list.
/// </summary>
public sealed class UpstreamTokens
{
    /// <summary>By how much the probabilities at a token may exceed 1: what rounding to two decimals of a logarithm can bring about.</summary>
    public const double MassTolerance = .01;

    private const string BytesPrefix = "bytes:";
    private const int ByteLength = 4; // \xe2

    private UpstreamTokens(IReadOnlyList<UpstreamToken> tokens) => Tokens = tokens;

    /// <summary>In order; at least one.</summary>
    public IReadOnlyList<UpstreamToken> Tokens { get; }

    /// <summary>Sum of the answer's log-probabilities, in nats; null where the closed model gave none for some token.</summary>
    public double? Logprob => Tokens.Sum(token => token.Logprob ?? double.NaN) is var sum && double.IsFinite(sum) ? sum : null;

    /// <summary>Reads an answer's logged tokens.</summary>
    /// <param name="response">The answer's text.</param>
    /// <param name="logged">Its tokens as logged.</param>
    /// <param name="tokens">The tokens, or null.</param>
    /// <param name="fault">Why they can't be used: what, and at which token.</param>
    public static bool TryRead(
        string response, IReadOnlyList<TokenLogprob> logged, [NotNullWhen(true)] out UpstreamTokens? tokens, [NotNullWhen(false)] out string? fault)
    {
        tokens = null;
        var text = Encoding.UTF8.GetBytes(response);
        var read = new List<UpstreamToken>();
        var at = 0;
        foreach (var token in logged)
        {
            if (Read(token) is not { } one)
            {
                fault = $"token {read.Count + 1} has bytes that are none";
                return false;
            }

            if (Fault(one) is { } wrong)
            {
                fault = $"token {read.Count + 1} has {wrong}";
                return false;
            }

            var rest = text.AsSpan(at);
            if (rest.IsEmpty && one.Bytes.Length > 0)
            {
                if (read.Count != logged.Count - 1)
                {
                    fault = $"{logged.Count - read.Count} tokens come after the end of the text";
                    return false;
                }

                one = one with { Text = "" };
            }
            else if (rest.Length < one.Bytes.Length && one.Bytes.AsSpan().StartsWith(rest) && read.Count == logged.Count - 1)
            {
                // A stop sequence began inside of it: how likely its first part was is not known.
                one = new UpstreamToken(Latin(rest), null, []);
            }
            else if (!rest.StartsWith(one.Bytes))
            {
                fault = $"token {read.Count + 1} isn't what the text has at byte {at}";
                return false;
            }

            at += one.Bytes.Length;
            read.Add(one);
        }

        if (at < text.Length || read.Count == 0)
        {
            fault = $"the tokens end after {at} bytes, the text after {text.Length}";
            return false;
        }

        (tokens, fault) = (new UpstreamTokens(read), null);
        return true;
    }

    /// <summary>Bytes as a text with a character for each.</summary>
    internal static string Latin(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    private static UpstreamToken? Read(TokenLogprob token)
    {
        if (Bytes(token.Token, token.Bytes) is not { } text)
        {
            return null;
        }

        List<UpstreamAlternative> alternatives = [];
        foreach (var alternative in token.Alternatives)
        {
            if (Bytes(alternative.Token, alternative.Bytes) is not { } other)
            {
                return null;
            }

            alternatives.Add(new UpstreamAlternative(other, (float)alternative.Logprob));
        }

        return new UpstreamToken(text, token.Logprob, [.. alternatives]);
    }

    /// <summary>As the API gave them; else those of its text, which OpenAI writes as <c>bytes:\xe2\x82</c> where they are no whole characters.</summary>
    private static string? Bytes(string text, int[]? bytes)
    {
        if (bytes is not null)
        {
            return Array.TrueForAll(bytes, value => value is >= 0 and <= byte.MaxValue) ? Latin([.. bytes.Select(value => (byte)value)]) : null;
        }

        var written = text.StartsWith(BytesPrefix, StringComparison.Ordinal) ? text[BytesPrefix.Length..].Chunk(ByteLength).ToArray() : [];
        if (written.Length == 0 || !written.All(one => one is ['\\', 'x', var high, var low] && char.IsAsciiHexDigit(high) && char.IsAsciiHexDigit(low)))
        {
            return Latin(Encoding.UTF8.GetBytes(text));
        }

        return Latin([.. written.Select(one => Convert.ToByte(new string(one, 2, 2), 16))]);
    }

    private static string? Fault(UpstreamToken token)
    {
        var limit = Math.Log(1 + MassTolerance);
        if (token.Logprob is { } own && !(own <= limit))
        {
            return FormattableString.Invariant($"the log-probability {own}");
        }

        var mass = token.Probabilities().Values.Sum();
        return mass <= 1 + MassTolerance ? null : FormattableString.Invariant($"probabilities that add up to {mass:G4}");
    }
}

/// <summary>A token of the closed model's.</summary>
/// <param name="Text">Its bytes, a character each.</param>
/// <param name="Logprob">Natural logarithm of its probability; null where it isn't known.</param>
/// <param name="Alternatives">What the closed model named here, itself normally among them.</param>
public sealed record UpstreamToken(string Text, double? Logprob, UpstreamAlternative[] Alternatives)
{
    /// <summary>Its bytes.</summary>
    public byte[] Bytes => Encoding.Latin1.GetBytes(Text);

    /// <summary>
    /// The probability of every text that is known here, this token's first. Alternatives of one text are one outcome; with rounding
    /// that exceeds 1 all are lowered alike.
    /// </summary>
    public Dictionary<string, double> Probabilities()
    {
        var probabilities = new Dictionary<string, double>(StringComparer.Ordinal);
        if (Logprob is { } own)
        {
            probabilities[Text] = Math.Exp(own);
        }

        foreach (var alternative in Alternatives.GroupBy(alternative => alternative.Text, StringComparer.Ordinal))
        {
            var mass = alternative.Sum(one => Math.Exp(one.Logprob));
            probabilities[alternative.Key] = alternative.Key == Text ? Math.Max(mass, probabilities.GetValueOrDefault(Text)) : mass;
        }

        return probabilities;
    }
}

/// <summary>What the closed model could have said at a token.</summary>
/// <param name="Text">Its bytes, a character each.</param>
/// <param name="Logprob">Natural logarithm of its probability.</param>
public readonly record struct UpstreamAlternative(string Text, float Logprob);
