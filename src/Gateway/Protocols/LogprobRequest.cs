using System.Diagnostics.CodeAnalysis;
using Tda.Gateway.Proxy;

namespace Tda.Gateway.Protocols;

/// <summary>Puts the question for log-probabilities into a request's JSON; all other bytes stay as they are.</summary>
internal static class LogprobRequest
{
    private const int MostOfCompletions = 5;

    /// <summary>The routes whose answers can have log-probabilities.</summary>
    public static IReadOnlyList<string> SupportedRoutes { get; } = [Routes.ChatCompletions, Routes.Completions, Routes.Responses];

    /// <summary>Whether a route's answers can have log-probabilities.</summary>
    public static bool Supports(string route) => SupportedRoutes.Contains(route);

    /// <summary>Changes a request that does not ask for log-probabilities into one that does, and tells the model that is asked.</summary>
    /// <returns>False when the request asks itself, is no JSON object, or is one that we better leave alone.</returns>
    public static bool TryRewrite(
        ReadOnlyMemory<byte> body, string route, LogprobOptions options, [NotNullWhen(true)] out byte[]? rewritten, out string? model)
    {
        rewritten = null;
        model = null;
        try
        {
            if (RequestMembers.Read(body.Span) is not { } members)
            {
                return false;
            }

            model = members.Model;
            var edits = route switch
            {
                Routes.ChatCompletions => Chat(members, options.TopLogprobs),
                Routes.Completions => Completions(members, options.TopLogprobs),
                Routes.Responses => Responses(members, options.TopLogprobs),
                _ => null,
            };
            rewritten = edits is null ? null : Apply(body.Span, edits);
            return rewritten is not null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The upstream shall say what is wrong with it, to the request as the client wrote it.
            return false;
        }
    }

    private static List<(Range At, string Text)>? Chat(RequestMembers members, int top)
    {
        // Alternatives without log-probabilities are an error of the client's, which the upstream shall tell.
        if (members.Logprobs is { Asks: true } || members.TopLogprobs is not null)
        {
            return null;
        }

        var alternatives = top > 0 ? string.Create(CultureInfo.InvariantCulture, $",\"top_logprobs\":{top}") : "";
        return members.Logprobs is { } written
            ? [(written.At, $"true{alternatives}")]
            : [members.Insert($"\"logprobs\":true{alternatives}")];
    }

    private static List<(Range At, string Text)>? Completions(RequestMembers members, int top)
    {
        // With echo the upstream would have to score the prompt too, at the client's expense.
        if (members.Logprobs is { Asks: true } || members.Echo)
        {
            return null;
        }

        var count = Math.Min(top, MostOfCompletions).ToString(CultureInfo.InvariantCulture);
        return members.Logprobs is { } written ? [(written.At, count)] : [members.Insert($"\"logprobs\":{count}")];
    }

    private static List<(Range At, string Text)>? Responses(RequestMembers members, int top)
    {
        if (members.IncludeAsks || members.TopLogprobs is { Asks: true })
        {
            return null;
        }

        // One edit may not lie inside another, and they are made in the order of their places.
        var edits = new List<(Range At, string Text)>();
        var inserted = "";
        if (members.Include is { } include)
        {
            edits.Add(include);
        }
        else
        {
            inserted = $"\"include\":[{RequestMembers.Included}]";
        }

        var count = top.ToString(CultureInfo.InvariantCulture);
        if (members.TopLogprobs is { } written)
        {
            edits.Add((written.At, count));
        }
        else if (top > 0)
        {
            inserted += $"{(inserted.Length > 0 ? "," : "")}\"top_logprobs\":{count}";
        }

        if (inserted.Length > 0)
        {
            edits.Add(members.Insert(inserted));
        }

        edits.Sort((one, other) => one.At.Start.Value.CompareTo(other.At.Start.Value));
        return edits;
    }

    private static byte[] Apply(ReadOnlySpan<byte> body, List<(Range At, string Text)> edits)
    {
        var output = new MemoryStream(body.Length + 128);
        var copied = 0;
        foreach (var (at, text) in edits)
        {
            output.Write(body[copied..at.Start.Value]);
            output.Write(Encoding.UTF8.GetBytes(text));
            copied = at.End.Value;
        }

        output.Write(body[copied..]);
        return output.ToArray();
    }
}

/// <summary>The members of a request that say what is asked about log-probabilities, with their places in its bytes.</summary>
internal sealed class RequestMembers
{
    /// <summary>The item of <c>include</c> that asks for log-probabilities.</summary>
    public const string Included = "\"message.output_text.logprobs\"";

    private int _insertAt;
    private bool _empty = true;

    public string? Model { get; private set; }

    /// <summary>The value of <c>logprobs</c>: where it is, and whether it asks for any.</summary>
    public (Range At, bool Asks)? Logprobs { get; private set; }

    /// <summary>The value of <c>top_logprobs</c>.</summary>
    public (Range At, bool Asks)? TopLogprobs { get; private set; }

    public bool Echo { get; private set; }

    /// <summary>The edit that makes the request's <c>include</c> ask; null where it has none.</summary>
    public (Range At, string Text)? Include { get; private set; }

    /// <summary>Whether <c>include</c> has the log-probabilities already, or is something that we don't know.</summary>
    public bool IncludeAsks { get; private set; }

    /// <summary>Reads a request's body; null when it is no object, or one that names such a member twice.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static RequestMembers? Read(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return null;
        }

        var members = new RequestMembers { _insertAt = (int)reader.BytesConsumed };
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            members._empty = false;
            var name = reader.GetString()!;
            reader.Read();
            members.Take(name, ref reader);
            if (!seen.Add(name))
            {
                return null;
            }
        }

        reader.Read(); // nothing may follow the object
        return members;
    }

    /// <summary>New members, as an edit.</summary>
    public (Range At, string Text) Insert(string members) => (_insertAt.._insertAt, _empty ? members : members + ",");

    private void Take(string name, ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        switch (name)
        {
            case "model":
                Model = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                break;
            case "echo":
                Echo = reader.TokenType is not (JsonTokenType.False or JsonTokenType.Null);
                break;
            case "logprobs":
                Logprobs = (start..(int)reader.BytesConsumed, reader.TokenType is not (JsonTokenType.False or JsonTokenType.Null));
                break;
            case "top_logprobs":
                var isZero = reader.TokenType == JsonTokenType.Number && reader.ValueSpan.SequenceEqual("0"u8);
                TopLogprobs = (start..(int)reader.BytesConsumed, reader.TokenType != JsonTokenType.Null && !isZero);
                break;
            case "include":
                TakeInclude(ref reader);
                return;
        }

        reader.Skip();
    }

    private void TakeInclude(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            Include = ((int)reader.TokenStartIndex..(int)reader.BytesConsumed, $"[{Included}]");
            return;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            IncludeAsks = true;
            reader.Skip();
            return;
        }

        var start = (int)reader.BytesConsumed;
        Include = (start..start, Included);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Include = (start..start, Included + ",");
            IncludeAsks |= reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("message.output_text.logprobs"u8);
            reader.Skip();
        }
    }
}

/// <summary>
/// Whether the upstream is asked for log-probabilities that the client did not ask for. The client's answer is as if nobody had
/// asked; the log keeps them.
/// </summary>
public sealed record LogprobOptions
{
    /// <summary>Whether they are asked for. Default false.</summary>
    public bool Enabled { get; init; }

    /// <summary>Other values for single routes, by route such as <c>/v1/completions</c>.</summary>
    public IReadOnlyDictionary<string, bool> Routes { get; init; } = new Dictionary<string, bool>();

    /// <summary>How many alternatives are asked for at each token. Default 0, 0 to 20; completions take 5 at most.</summary>
    public int TopLogprobs { get; init; }

    /// <summary>
    /// The longest request that is changed: it has to be held as a whole. A longer one passes unchanged. Default 8 MiB, 2 bytes
    /// to 256 MiB.
    /// </summary>
    public int MaxRequestBytes { get; init; } = 8 << 20;

    /// <summary>Whether a route's requests are changed.</summary>
    public bool EnabledFor(string route) => Routes.TryGetValue(route, out var its) ? its : Enabled;

    internal IEnumerable<OptionError> Errors()
    {
        if (TopLogprobs is < 0 or > 20)
        {
            yield return new("logprobs.top_logprobs", $"must be 0 to 20, not {TopLogprobs}");
        }

        if (MaxRequestBytes is < 2 or > 256 << 20)
        {
            yield return new("logprobs.max_request_bytes", $"must be 2 bytes to 256 MiB, not {MaxRequestBytes}");
        }

        foreach (var route in Routes.Keys.Where(route => !LogprobRequest.Supports(route)))
        {
            yield return new("logprobs.routes", $"'{route}' has no log-probabilities: use {string.Join(", ", LogprobRequest.SupportedRoutes)}");
        }
    }
}
