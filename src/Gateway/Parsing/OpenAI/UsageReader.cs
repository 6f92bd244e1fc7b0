using System.Text.Json;
using Tda.Core.Exchanges;
using Tda.Gateway.Parsing.Json;

namespace Tda.Gateway.Parsing.OpenAI;

/// <summary>Reads a usage object: prompt and completion tokens of chats, which responses call input and output tokens.</summary>
internal static class UsageReader
{
    /// <summary>The usage behind the property that the reader stands on; null where it is null.</summary>
    public static Usage? Read(ref Utf8JsonReader reader)
    {
        if (!JsonRead.IntoObject(ref reader, "usage"))
        {
            return null;
        }

        long? prompt = null, completion = null, total = null;
        while (JsonRead.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("prompt_tokens"u8) || reader.ValueTextEquals("input_tokens"u8))
            {
                prompt = JsonRead.Count(ref reader, "prompt_tokens");
            }
            else if (reader.ValueTextEquals("completion_tokens"u8) || reader.ValueTextEquals("output_tokens"u8))
            {
                completion = JsonRead.Count(ref reader, "completion_tokens");
            }
            else if (reader.ValueTextEquals("total_tokens"u8))
            {
                total = JsonRead.Count(ref reader, "total_tokens");
            }
            else
            {
                JsonRead.Skip(ref reader);
            }
        }

        return new(prompt, completion, total);
    }
}
