namespace Tda.Gateway.Protocols;

/// <summary>
/// Tool calls as responses and messages have them: each an item, whole or, in a stream, as it begins; its <c>arguments</c> or
/// <c>input</c> then come in pieces.
/// </summary>
/// <param name="inputIsJson">Whether the pieces make up a JSON value; else they are the text of a string.</param>
internal sealed class ToolCallList(bool inputIsJson)
{
    private readonly SortedDictionary<long, (byte[] Item, TextBuilder Input)> _calls = [];

    public int Count => _calls.Count;

    /// <summary>Sets the call at a place, instead of the one that was there.</summary>
    public void Set(long index, ReadOnlySpan<byte> item) => _calls[index] = (item.ToArray(), new());

    /// <summary>Takes the pieces of a call's input; null where there is no such call.</summary>
    public TextBuilder? Input(long index) => _calls.TryGetValue(index, out var call) ? call.Input : null;

    /// <summary>The calls as a JSON array, in their order; null when there are none.</summary>
    public string? ToJson() => JsonText.Array(_calls.Values, (writer, call) => Write(writer, call.Item, call.Input.Text));

    /// <summary>An item as sent, or with the input that its pieces make; of a JSON value that the stream cut, the text that came.</summary>
    private void Write(Utf8JsonWriter writer, byte[] item, string? input)
    {
        if (string.IsNullOrEmpty(input))
        {
            writer.WriteRawValue(item);
            return;
        }

        var reader = JsonRead.Start(item, "item");
        var written = false;
        writer.WriteStartObject();
        while (JsonRead.NextProperty(ref reader))
        {
            var name = reader.GetString()!;
            writer.WritePropertyName(name);
            var raw = JsonRead.Raw(ref reader, item);
            if (name is "arguments" or "input")
            {
                WriteInput(writer, input);
                written = true;
            }
            else
            {
                writer.WriteRawValue(raw);
            }
        }

        if (!written)
        {
            // A call may begin without the member that its pieces make.
            writer.WritePropertyName(inputIsJson ? "input" : "arguments");
            WriteInput(writer, input);
        }

        writer.WriteEndObject();
    }

    private void WriteInput(Utf8JsonWriter writer, string input)
    {
        if (inputIsJson && JsonText.IsJson(input))
        {
            writer.WriteRawValue(input);
        }
        else
        {
            writer.WriteStringValue(input);
        }
    }
}
