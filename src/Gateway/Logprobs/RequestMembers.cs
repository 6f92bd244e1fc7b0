using System.Text.Json;

namespace Tda.Gateway.Logprobs;

/// <summary>The members of a request that say what is asked about log-probabilities, with their places in its bytes.</summary>
internal sealed class RequestMembers
{
    private int _insertAt;
    private bool _empty = true;

    public string? Model { get; private set; }

    /// <summary>The value of <c>logprobs</c>: where it is, and whether it asks for any.</summary>
    public (Range At, bool Asks)? Logprobs { get; private set; }

    /// <summary>The value of <c>top_logprobs</c>.</summary>
    public (Range At, bool Asks)? TopLogprobs { get; private set; }

    public bool Echo { get; private set; }

    /// <summary>The place behind the bracket that opens <c>include</c>; null where there is no such array.</summary>
    public int? IncludeStart { get; private set; }

    public bool IncludeIsEmpty { get; private set; }

    /// <summary>Where <c>include</c> is null.</summary>
    public Range? IncludeNull { get; private set; }

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
                Echo = reader.TokenType != JsonTokenType.False && reader.TokenType != JsonTokenType.Null;
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
            IncludeNull = (int)reader.TokenStartIndex..(int)reader.BytesConsumed;
            return;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            IncludeAsks = true;
            reader.Skip();
            return;
        }

        IncludeStart = (int)reader.BytesConsumed;
        IncludeIsEmpty = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            IncludeIsEmpty = false;
            IncludeAsks |= reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("message.output_text.logprobs"u8);
            reader.Skip();
        }
    }
}
