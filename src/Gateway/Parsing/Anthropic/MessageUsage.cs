using System.Text.Json;
using Tda.Core.Exchanges;
using Tda.Gateway.Parsing.Json;

namespace Tda.Gateway.Parsing.Anthropic;

/// <summary>
/// Token counts of a message; a stream's later ones replace the earlier. The prompt's count is that of all input: what was
/// read from and written to the cache is billed apart, and is input all the same.
/// </summary>
internal sealed class MessageUsage
{
    private long? _input;
    private long? _output;
    private long? _cacheRead;
    private long? _cacheWritten;

    /// <summary>The counts after the usage behind the property that the reader stands on; null where that is null.</summary>
    public Usage? Read(ref Utf8JsonReader reader)
    {
        if (!JsonRead.IntoObject(ref reader, "usage"))
        {
            return null;
        }

        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("input_tokens"u8))
            {
                _input = JsonRead.Count(ref reader, "input_tokens") ?? _input;
            }
            else if (reader.ValueTextEquals("output_tokens"u8))
            {
                _output = JsonRead.Count(ref reader, "output_tokens") ?? _output;
            }
            else if (reader.ValueTextEquals("cache_read_input_tokens"u8))
            {
                _cacheRead = JsonRead.Count(ref reader, "cache_read_input_tokens") ?? _cacheRead;
            }
            else if (reader.ValueTextEquals("cache_creation_input_tokens"u8))
            {
                _cacheWritten = JsonRead.Count(ref reader, "cache_creation_input_tokens") ?? _cacheWritten;
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        var prompt = _input is null && _cacheRead is null && _cacheWritten is null ? null : Sum(Sum(_input, _cacheRead), _cacheWritten);
        return new(prompt, _output, prompt is null || _output is null ? null : Sum(prompt, _output));
    }

    // Numbers near the end of 64 bits are nobody's count; what is certain is that they must not wrap.
    private static long? Sum(long? one, long? other)
    {
        var sum = (Int128)(one ?? 0) + (other ?? 0);
        return (long)Int128.Clamp(sum, long.MinValue, long.MaxValue);
    }
}
