using System.Runtime.InteropServices;

namespace Tda.Gateway.Redaction.Views;

/// <summary>The property names that matter to redaction, as hashes: names are compared once for each string of a stream.</summary>
internal static class JsonNames
{
    public static readonly ulong Token = Hash("token"u8);
    public static readonly ulong Tokens = Hash("tokens"u8);
    public static readonly ulong Alternatives = Hash("top_logprobs"u8);
    public static readonly ulong ByteValues = Hash("bytes"u8);
    public static readonly ulong Type = Hash("type"u8);

    // What providers stream a text in, piece by piece: chat, completions, responses, messages.
    private static readonly HashSet<ulong> Streamed = [Token, Tokens, .. new[]
    {
        "content", "text", "arguments", "partial_json", "delta", "thinking", "reasoning", "reasoning_content", "refusal", "input", "output",
        "output_text", "summary", "code", "transcript", "completion", "response", "generated_text", "message", "data", "signature", "query",
    }.Select(name => Hash(System.Text.Encoding.ASCII.GetBytes(name)))];

    /// <summary>Whether strings of this name are pieces of one text, event after event.</summary>
    public static bool IsStreamed(ulong name) => Streamed.Contains(name);

    /// <summary>Whether a number of this name says to which of several texts a piece belongs.</summary>
    public static bool IsIndex(ReadOnlySpan<byte> name) => name.EndsWith("index"u8);

    /// <summary>A hash of a name: its ends and its length, which tells apart all names in use.</summary>
    public static ulong Hash(ReadOnlySpan<byte> name)
    {
        ulong head = 0, tail = 0;
        if (name.Length >= sizeof(ulong))
        {
            head = MemoryMarshal.Read<ulong>(name);
            tail = MemoryMarshal.Read<ulong>(name[^sizeof(ulong)..]);
        }
        else
        {
            foreach (var value in name)
            {
                head = (head << 8) | value;
            }
        }

        return Mix(Mix((ulong)name.Length, head), tail);
    }

    /// <summary>A hash of two.</summary>
    public static ulong Mix(ulong a, ulong b)
    {
        var mixed = (a ^ System.Numerics.BitOperations.RotateLeft(b, 29)) * 0x9E3779B97F4A7C15;
        return mixed ^ (mixed >> 32);
    }
}
