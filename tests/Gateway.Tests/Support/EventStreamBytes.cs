using System.Buffers.Binary;
using System.IO.Hashing;

namespace Tda.Gateway.Tests.Support;

/// <summary>Messages in Amazon's event stream encoding, made by its published rules.</summary>
internal static class EventStreamBytes
{
    /// <summary>One event of Bedrock's.</summary>
    public static byte[] Event(string type, string payload) =>
        Message([(":event-type", type), (":content-type", "application/json"), (":message-type", "event")], Encoding.UTF8.GetBytes(payload));

    /// <summary>An error inside a stream.</summary>
    public static byte[] Exception(string type, string payload) =>
        Message([(":exception-type", type), (":content-type", "application/json"), (":message-type", "exception")], Encoding.UTF8.GetBytes(payload));

    /// <summary>A chunk of a model's own API.</summary>
    public static byte[] Chunk(string json) => Event("chunk", $$"""{"bytes":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(json))}}","p":"abc"}""");

    private static byte[] Message((string Name, string Value)[] headers, byte[] payload)
    {
        var head = new List<byte>();
        foreach (var (name, value) in headers)
        {
            head.AddRange([(byte)name.Length, .. Encoding.UTF8.GetBytes(name), 7, (byte)(value.Length >> 8), (byte)value.Length, .. Encoding.UTF8.GetBytes(value)]);
        }

        var message = new byte[12 + head.Count + payload.Length + 4];
        BinaryPrimitives.WriteUInt32BigEndian(message, (uint)message.Length);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), (uint)head.Count);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(8), Crc32.HashToUInt32(message.AsSpan(0, 8)));
        head.CopyTo(message, 12);
        payload.CopyTo(message, 12 + head.Count);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(message.Length - 4), Crc32.HashToUInt32(message.AsSpan(0, message.Length - 4)));
        return message;
    }
}
