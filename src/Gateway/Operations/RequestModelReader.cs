using System.Text.Json;
using Tda.Core.Exchanges;

namespace Tda.Gateway.Operations;

/// <summary>Finds the model that a request asks for; the exchange keeps only the one that answered.</summary>
internal static class RequestModelReader
{
    // A model's name stands at a request's beginning or, after long messages, at its end, which is not worth the way.
    private const int FarthestByte = 64 << 10;

    public static string? Read(RecordedBody body)
    {
        var reader = new Utf8JsonReader(body.Bytes.AsSpan(0, Math.Min(body.Bytes.Length, FarthestByte)), isFinalBlock: false, default);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isModel = reader.ValueTextEquals("model"u8);
                if (!reader.Read())
                {
                    return null;
                }

                if (isModel)
                {
                    return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                }

                if (!reader.TrySkip())
                {
                    return null;
                }
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Packed, not UTF-8 or no JSON: whatever it is, it names no model.
        }

        return null;
    }
}
