using Tda.Gateway.Protocols;

namespace Tda.Gateway.Upstreams;

/// <summary>Finds the model that a JSON request asks for: its top-level member <c>model</c>, of several the first.</summary>
internal sealed class ModelSearch
{
    // Clients put the model before the messages or after them, and a message may hold images.
    private const int FarthestByte = 8 << 20;

    // Most requests whole.
    private const int FirstRead = 16 << 10;

    private JsonReaderState _state;
    private int _at;
    private bool _isModel;

    /// <summary>The model; null when it was not found.</summary>
    public string? Model { get; private set; }

    /// <summary>Whether nothing more is to be read.</summary>
    public bool Ended { get; private set; }

    /// <summary>The model in the bytes of a body, or of its beginning.</summary>
    public static string? In(ReadOnlySpan<byte> body)
    {
        var search = new ModelSearch();
        search.Read(body, whole: false);
        return search.Model;
    }

    /// <summary>Reads a request's body as far as is needed to know its model, and puts what was read back.</summary>
    public static async ValueTask<string?> InBodyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var search = new ModelSearch();
        var buffer = new byte[Math.Clamp(request.ContentLength ?? FirstRead, 1, FirstRead)];
        var length = 0;
        try
        {
            for (int looked = 0, read = 1; !search.Ended && read > 0 && length < FarthestByte;)
            {
                if (length == buffer.Length)
                {
                    Array.Resize(ref buffer, Math.Min(2 * length, FarthestByte));
                }

                read = await request.Body.ReadAsync(buffer.AsMemory(length), cancellationToken);
                length += read;

                // A long text is looked at again from its beginning each time: so only when there is twice as much.
                if (read == 0 || length == request.ContentLength || length >= 2 * looked)
                {
                    search.Read(buffer.AsSpan(0, length), whole: read == 0 || length == request.ContentLength);
                    looked = length;
                }
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or BadHttpRequestException)
        {
            // The forwarder reads on from here, meets the same and says what it was.
        }

        request.Body = new PrefixedStream(buffer.AsMemory(0, length), request.Body);
        return search.Model;
    }

    /// <summary>Looks into what has come of the body, from where the last look ended.</summary>
    /// <param name="soFar">The body from its beginning.</param>
    /// <param name="whole">Whether that is all of it.</param>
    public void Read(ReadOnlySpan<byte> soFar, bool whole)
    {
        var reader = new Utf8JsonReader(soFar[_at..], isFinalBlock: whole, _state);
        try
        {
            while (!Ended && reader.Read())
            {
                if (_isModel)
                {
                    Model = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                }

                // Only an object has members; behind its end nothing counts.
                Ended = _isModel || (reader.CurrentDepth == 0 && reader.TokenType != JsonTokenType.StartObject);
                _isModel = reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("model"u8);
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Packed, not UTF-8 or no JSON: whatever it is, it names no model.
            Ended = true;
        }

        _at += (int)reader.BytesConsumed;
        _state = reader.CurrentState;
        Ended |= whole;
    }
}
