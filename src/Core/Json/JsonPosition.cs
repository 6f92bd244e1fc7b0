using System.Text.Json;

namespace Tda.Core.Json;

/// <summary>Turns a JSON error's line and column into a byte offset.</summary>
internal static class JsonPosition
{
    public static long? Of(ReadOnlySpan<byte> json, JsonException error)
    {
        if (error.LineNumber is not { } line)
        {
            return null;
        }

        var start = 0;
        for (; line > 0; line--)
        {
            var next = json[start..].IndexOf((byte)'\n');
            if (next < 0)
            {
                break;
            }

            start += next + 1;
        }

        return start + (error.BytePositionInLine ?? 0);
    }
}
